import { existsSync } from "node:fs";

import { errorCode } from "@blacksky/errors";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";

import type { Claim } from "../lease/claim-lease.ts";
import type { LocalStore } from "./ladder.ts";

/** Names in the store's meta that this app writes. */
export const META = {
  /** Where the session comes from: `fresh` allows the bot to begin a new one, `restored` does not. */
  origin: "origin",
  /** The replica this store was last replicated to, and the lease under which it was. */
  replicaId: "replica.id",
  epoch: "replica.epoch",
  /** Set by `pnpm session import`: see `LocalStore`. Gone once a lease is noted. */
  importedAt: "imported",
  /** `yes` when somebody stood by for that lease when the database was last seen. */
  contested: "replica.contested",
  /**
   * After a restore: `complete` when the last holder had flushed and let go in order, `unknown` when changes that it
   * made last may be missing.
   */
  tail: "restored.tail",
  /** The order that made this store: it is carried out. */
  order: "restored.order",
} as const;

/** Notes under which lease a store is ours, before anything is written under it. */
export const adoptClaim = (store: Store, { lease, replica, contested }: Claim): void => {
  store.meta.set(META.replicaId, replica.id);
  store.meta.set(META.epoch, String(lease.epoch));
  store.meta.set(META.contested, contested ? "yes" : "no");
  // Last: with the two above it continues its replica also when nothing is written before the next start.
  store.meta.set(META.importedAt, undefined);
};

/** The local store as found; open if it could be. */
export type FoundStore = { readonly store: Store | undefined; readonly local: LocalStore };

const BROKEN = new Set(["store.truncated", "store.corrupt", "store.corruptRecord", "store.incomplete"]);

/** What the ladder needs to know about an open store. */
export const describeStore = (store: Store): LocalStore => {
  if (store.position === 0) return { status: "empty" };
  const importedAt = store.meta.get(META.importedAt);
  return {
    status: "intact",
    position: store.position,
    trimmedTo: store.trimmedPosition,
    replicaId: store.meta.get(META.replicaId),
    epoch: Number(store.meta.get(META.epoch) ?? 0),
    importedAt: importedAt === undefined ? undefined : Number(importedAt),
    contested: store.meta.get(META.contested) === "yes",
  };
};

/** Reads every record once: a checksum that fails must show now and not at the message that needs the record. */
const verify = (store: Store): void => {
  for (const _ of store.entries("")) continue;
};

/**
 * Opens and checks what lies at `path`.
 *
 * @throws BlackskyError of the store when its surroundings are at fault: `store.notWritable`, `store.full`, `store.schema`
 */
export const findLocalStore = async (path: string): Promise<FoundStore> => {
  if (!existsSync(path)) return { store: undefined, local: { status: "empty" } };
  let store: Store | undefined;
  try {
    store = openStore({ path });
    verify(store);
    return { store, local: describeStore(store) };
  } catch (error) {
    await store?.close();
    const reason = errorCode(error);
    if (!BROKEN.has(reason)) throw error;
    return { store: undefined, local: { status: "broken", reason } };
  }
};
