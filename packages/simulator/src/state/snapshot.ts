import { BufferJSON, Curve } from "@whiskeysockets/baileys";
import type { KeyPair } from "@whiskeysockets/baileys";
import * as z from "zod";
import { newLedger } from "../ledger.ts";
import type { Ledger } from "../ledger.ts";
import type { DirectoryRecord } from "../world/directory.ts";

const SCHEMA_VERSION = 1;

/** Everything that survives a restart of the simulator. */
export interface Snapshot {
  rootKey: KeyPair;
  directory: DirectoryRecord;
  ledger: Ledger;
}

const keyBytes = z.instanceof(Uint8Array);
const list = z.array(z.looseObject({}));

/** The outline that tells a state file of ours from anything else; the parts are written and read by the same code. */
const outline = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  rootKey: z.object({ public: keyBytes, private: keyBytes }),
  directory: z.object({ users: list, groups: list }),
  ledger: z.looseObject({ messages: list }),
});

/** A world with nobody in it, and a root key of its own. */
export const newSnapshot = (): Snapshot => ({
  rootKey: Curve.generateKeyPair(),
  directory: { users: [], groups: [] },
  ledger: newLedger(),
});

/** The snapshot as text; bytes become base64. */
export const serializeSnapshot = (snapshot: Snapshot): string =>
  JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...snapshot }, BufferJSON.replacer);

/** The reverse of `serializeSnapshot`. Throws what `JSON.parse` or the outline has against the text. */
export const parseSnapshot = (text: string): Snapshot => {
  const { rootKey, directory, ledger } = outline.parse(JSON.parse(text, BufferJSON.reviver));
  // The outline has been checked; what is inside was typed when it was written.
  return { rootKey, directory, ledger } as unknown as Snapshot;
};
