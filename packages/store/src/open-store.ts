import { catchUp } from "./catch-up.ts";
import { openEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { readFeed, trimFeed } from "./feed.ts";
import { createGroupCommit } from "./group-commit.ts";
import { checkMeta, createMeta, readPosition, readTrimmedPosition } from "./meta.ts";
import { restoreRecords } from "./restore.ts";
import { readMoment } from "./moment.ts";
import { countKeys, readEntries, readKeys, readRecord } from "./scan.ts";
import type { Store } from "./store.ts";

export interface OpenStoreOptions {
  /** A directory; made, for its owner alone, when it is missing. */
  readonly path: string;
  readonly readOnly?: boolean;
  /** The data file never grows beyond this. It is address space, not memory; all processes should give the same. */
  readonly mapSizeBytes?: number;
}

const DEFAULT_MAP_SIZE_BYTES = 2 ** 30;

const createStore = (environment: Environment): Store => {
  const commits = createGroupCommit(environment);
  return {
    path: environment.path,
    get position() {
      return environment.reading(() => readPosition(environment));
    },
    get trimmedPosition() {
      return environment.reading(() => readTrimmedPosition(environment));
    },
    meta: createMeta(environment),
    get: (key) => readRecord(environment, key),
    keys: (prefix) => ({ [Symbol.iterator]: () => readKeys(environment, prefix) }),
    entries: (prefix) => ({ [Symbol.iterator]: () => readEntries(environment, prefix) }),
    count: (prefix) => countKeys(environment, prefix),
    readMoment: (use) => readMoment(environment, use),
    write: (changes) => commits.write(changes),
    writeSync: (changes) => commits.writeSync(changes),
    changesSince: (position, limit) => environment.reading(() => readFeed(environment, position, limit)),
    trimFeed: async (position) => trimFeed(environment, position),
    restore: async (records, position) => restoreRecords(environment, records, position),
    catchUp: (position, fill) => catchUp(environment, position, fill),
    async close() {
      commits.flush();
      await environment.close();
    },
  };
};

/**
 * Opens the store in a directory, or makes a new one. Opening takes milliseconds: every page in use is looked at before
 * LMDB may touch the file.
 *
 * @throws BlackskyError `store.truncated`, `store.corrupt` (damaged, or no store), `store.incomplete` (a restore did not
 * end), `store.schema` (written by a newer build): archive it and restore. `store.notWritable`, `store.full`,
 * `store.locked`, and with `readOnly` `store.missing`: the store may be fine, its surroundings are not.
 */
export const openStore = ({
  path,
  readOnly = false,
  mapSizeBytes = DEFAULT_MAP_SIZE_BYTES,
}: OpenStoreOptions): Store => {
  const environment = openEnvironment({ path, readOnly, mapSizeBytes });
  try {
    environment.reading(() => checkMeta(environment, readOnly));
    return createStore(environment);
  } catch (error) {
    void environment.close();
    throw error;
  }
};
