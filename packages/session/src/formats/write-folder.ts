import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@blacksky/store";
import { BufferJSON } from "@whiskeysockets/baileys";
import { loadCreds } from "../creds.ts";
import { KEY_KINDS, keyOf } from "../kinds.ts";
import { credsMissing, exportRefused } from "../session-errors.ts";
import { decodeKey } from "../signal-keys.ts";
import { CREDS_FILE, fileNameOf } from "./file-name.ts";

const write = (folder: string, name: string, value: unknown): void => {
  // `wx`: two ids that became one name would be an error, not the loss of a key.
  writeFileSync(join(folder, name), JSON.stringify(value, BufferJSON.replacer), { flag: "wx", mode: 0o600 });
};

const writeAll = (store: Store, folder: string): number => {
  const creds = loadCreds(store);
  if (creds === undefined) throw credsMissing();
  write(folder, CREDS_FILE, creds);
  let count = 1;
  for (const kind of KEY_KINDS) {
    const prefix = keyOf(kind, "");
    for (const { key, value } of store.entries(prefix)) {
      write(folder, fileNameOf(kind, key.slice(prefix.length)), decodeKey(kind, value));
      count += 1;
    }
  }
  return count;
};

/**
 * Writes the session as the folder of Baileys' `useMultiFileAuthState`, readable for its owner alone: all of it, or
 * nothing at all.
 *
 * @returns how many files
 * @throws BlackskyError `session.exportRefused` when something lies at `folder`, `session.credsMissing`, `session.credsCorrupt`,
 * `session.recordCorrupt`, `store.corruptRecord`
 */
export const writeFolder = (store: Store, folder: string): number => {
  if (existsSync(folder)) throw exportRefused("something lies there already", "Name a folder that is not there yet.");
  const growing = `${folder}.part`;
  rmSync(growing, { recursive: true, force: true });
  mkdirSync(growing, { recursive: true, mode: 0o700 });
  try {
    const count = writeAll(store, growing);
    renameSync(growing, folder);
    return count;
  } catch (error) {
    rmSync(growing, { recursive: true, force: true });
    throw error;
  }
};
