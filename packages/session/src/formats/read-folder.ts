import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, type BlackskyError } from "@blacksky/errors";
import type { StoredRecord } from "@blacksky/store";
import { BufferJSON, type AuthenticationCreds } from "@whiskeysockets/baileys";
import { credsChange } from "../creds.ts";
import { keyOf, type KeyKind } from "../kinds.ts";
import { importRefused } from "../session-errors.ts";
import { decodeKey, encodeKey } from "../signal-keys.ts";
import { CREDS_FILE, parseFileName } from "./file-name.ts";
import { parseBaileysJson, parseCreds } from "./parse-creds.ts";
import type { SessionSource } from "./session-source.ts";

const listFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() && entry.name.endsWith(".json") && !entry.name.startsWith(".") ? [entry.name] : [],
    );
  } catch (error) {
    throw importRefused(`the folder cannot be read (${errorCode(error)})`);
  }
};

/** The kind is all that may be said of a file: its name may hold an address. */
const wordsOf = (name: string): string => /^[a-z]+(?:-[a-z]+)*/.exec(name)?.[0] ?? "without a name of letters";

const LEAVE_OUT_HINT = "With --without-damaged such files are left out. Their chats may need a message more.";

const damaged = (kind: KeyKind, problem: string): BlackskyError =>
  importRefused(`a ${kind} file ${problem}`, LEAVE_OUT_HINT);

/** Older versions of Baileys wrote a sender key as the list of its states, and not as the bytes of that list's JSON. */
const modernised = (kind: KeyKind, value: unknown): unknown => {
  if (kind !== "sender-key" || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return Buffer.from(JSON.stringify(value, BufferJSON.replacer), "utf8");
  throw damaged(kind, "holds none");
};

const readKey = (folder: string, name: string, creds: AuthenticationCreds): StoredRecord => {
  const file = parseFileName(name);
  if (file === undefined) {
    throw importRefused(
      `a file in the folder is of an unknown kind (${wordsOf(name)})`,
      "Take files that are not Baileys' own out of a copy of the folder, or use the release that knows them.",
    );
  }
  const { kind, id } = file;
  const value = parseBaileysJson(`a ${kind} file`, readFileSync(join(folder, name), "utf8"), LEAVE_OUT_HINT);
  if (value === null || value === undefined) throw damaged(kind, "is empty");
  try {
    const bytes = encodeKey(creds, kind, id, modernised(kind, value));
    decodeKey(kind, bytes);
    return { key: keyOf(kind, id), value: bytes };
  } catch {
    throw damaged(kind, "does not hold what its kind must");
  }
};

export interface ReadFolderOptions {
  /** True: key files that are torn or of an unknown kind are left out, and counted in a warning; never the creds. */
  readonly withoutDamaged?: boolean;
}

/**
 * Opens the folder of Baileys' `useMultiFileAuthState`. The files are read one at a time, as the records are taken.
 * Sender keys become as this store writes them.
 *
 * @throws BlackskyError `session.importRefused`, now for the credentials, while reading for a key
 */
export const readFolder = (folder: string, { withoutDamaged = false }: ReadFolderOptions = {}): SessionSource => {
  const files = listFiles(folder);
  if (!files.includes(CREDS_FILE)) throw importRefused(`there is no ${CREDS_FILE} in the folder`);
  const creds = parseCreds(readFileSync(join(folder, CREDS_FILE), "utf8"));
  const warnings = ["The bot that used this folder must not run again: two bots on one session lose messages."];
  const readOrLeave = (name: string): StoredRecord | undefined => {
    try {
      return readKey(folder, name, creds);
    } catch (error) {
      if (!withoutDamaged || errorCode(error) !== "session.importRefused") throw error;
      return undefined;
    }
  };
  const records = function* (): Generator<StoredRecord> {
    yield credsChange(creds);
    let left = 0;
    for (const name of files) {
      if (name === CREDS_FILE) continue;
      const record = readOrLeave(name);
      if (record === undefined) left += 1;
      else yield record;
    }
    if (left > 0) warnings.push(`${left} damaged or unknown files were left out; their chats may need a message more.`);
  };
  return { format: "folder", position: undefined, replicaId: undefined, records: records(), warnings };
};
