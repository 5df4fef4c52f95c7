import { openStore, storePath } from "@blacksky/store";
import { SESSION_ID } from "./compare-replica.ts";

/** The keys of what is kept of sessions that have ended, in the local store of a tree that has stopped. */
export const readArchive = async (dataDir: string): Promise<readonly string[]> => {
  const store = openStore({ path: storePath(dataDir, SESSION_ID), readOnly: true });
  const keys = [...store.keys("archive/")];
  await store.close();
  return keys;
};
