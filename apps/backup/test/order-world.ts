import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { restoreOrderPath, storePath } from "@blacksky/store";

import type { TestWorker } from "./backup-world.ts";
import { put, world, write } from "./snapshot-world.ts";

/** The records that `prepare` writes, and how far their one conversation is. */
export const stateOf = (ratchet: string): Record<string, string> => ({
  "session/creds": "me",
  "session/session/1.0": ratchet,
});

/** A session with a snapshot that it has gone on from. */
export const prepare = async (worker: TestWorker): Promise<string> => {
  await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 1"));
  const id = await worker.snapshot();
  await write(put("session/session/1.0", "ratchet 2"));
  return id;
};

/** The store. */
export const path = (): string => storePath(world.dataDir.path, "BOT");
/** Whether an order lies beside it. */
export const isOrdered = (): boolean => existsSync(restoreOrderPath(path()));
/** The stores that were put aside. */
export const archives = (): string[] =>
  readdirSync(join(world.dataDir.path, "store")).filter((name) => name.includes(".archived-"));
