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

const wrong = (message: string): BlackskyError =>
  new BlackskyError("session.passphrase", message, {
    hint: "Set BUNDLE_PASSPHRASE, or run this in a terminal, which asks for it.",
  });

/** The passphrase of a bundle: `BUNDLE_PASSPHRASE`, or what is typed; twice for a new one. */
export const askPassphrase = async (purpose: "new" | "known"): Promise<string> => {
  const given = process.env["BUNDLE_PASSPHRASE"];
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY) throw wrong("A bundle needs a passphrase.");
  const typed = await askHidden("Passphrase of the bundle: ");
  if (purpose === "new" && (await askHidden("Once more: ")) !== typed) throw wrong("The two passphrases differ.");
  return typed;
};
