import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { BlackskyError } from "@blacksky/errors";

/** Everything on standard input, trimmed: for what should stand neither in the shell's history nor in the list of processes. */
export const readStandardInput = async (): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8").trim();
};

const askHidden = async (question: string): Promise<string> => {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
};

interface Secret {
  /** In the words of a person, with a capital. */
  readonly name: string;
  /** The variable that it may be taken from instead. */
  readonly variable: string;
}

const PASSPHRASE: Secret = { name: "Passphrase of the bundle", variable: "BUNDLE_PASSPHRASE" };
const NEW_KEY: Secret = { name: "New key", variable: "NEW_SESSION_ENCRYPTION_KEY" };

const wrong = (code: string, message: string, { variable }: Secret): BlackskyError =>
  new BlackskyError(code, message, { hint: `Set ${variable}, or run this in a terminal, which asks for it.` });

const givenBy = ({ variable }: Secret): string | undefined => {
  const given = process.env[variable];
  return given === "" ? undefined : given;
};

const askTwice = async (secret: Secret, code: string): Promise<string> => {
  const typed = await askHidden(`${secret.name}: `);
  if ((await askHidden("Once more: ")) !== typed) throw wrong(code, "The two differ.", secret);
  return typed;
};

/** The passphrase of a bundle: `BUNDLE_PASSPHRASE`, or what is typed; twice for a new one. */
export const askPassphrase = async (purpose: "new" | "known"): Promise<string> => {
  const code = "session.passphrase";
  const given = givenBy(PASSPHRASE);
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) throw wrong(code, "A bundle needs a passphrase.", PASSPHRASE);
  return purpose === "new" ? askTwice(PASSPHRASE, code) : askHidden(`${PASSPHRASE.name}: `);
};

/** The key that shall take the place of the present one, if `NEW_SESSION_ENCRYPTION_KEY` names it. */
export const givenNewKey = (): string | undefined => givenBy(NEW_KEY)?.trim();

/** The same as it is typed, twice. Spaces around it do not count, as in every variable. */
export const askNewKey = async (): Promise<string> => {
  if (process.stdin.isTTY) return (await askTwice(NEW_KEY, "session.newKey")).trim();
  throw wrong("session.newKey", "There is no new key.", NEW_KEY);
};
