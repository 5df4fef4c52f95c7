import type { StoredRecord } from "@blacksky/store";

/** A session on its way into a store, from whatever it was kept in. */
export interface SessionSource {
  /** What it was kept in; becomes the new store's `origin`. */
  readonly format: "folder" | "creds" | "bundle";
  /** Where its own history of changes had come to; `undefined` where that was not kept. */
  readonly position: number | undefined;
  /** The replica that it was replicated to, if it is known. */
  readonly replicaId: string | undefined;
  /** Its records, to be read once. Reading may raise, and then nothing of it may be used. */
  readonly records: Iterable<StoredRecord> | AsyncIterable<StoredRecord>;
  /** What the owner must know, in whole sentences without a secret. */
  readonly warnings: readonly string[];
}
