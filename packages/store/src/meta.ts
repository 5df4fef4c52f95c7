import { BlackskyError } from "@blacksky/errors";
import type { Environment } from "./environment.ts";
import { upgradeFeed } from "./upgrade.ts";
import { corruptStore, incompleteStore, invalidRequest } from "./store-errors.ts";
import type { StoreMeta } from "./store.ts";

/** Layout of records, feed and meta; one more with every change that an older build cannot read. */
export const SCHEMA_VERSION = 2;

const OWN = {
  schema: "store.schema",
  position: "store.position",
  trimmed: "store.trimmed",
  compacted: "store.compacted",
  restoring: "store.restoring",
};

const readString = ({ meta }: Environment, name: string): string | undefined => {
  const bytes = meta.getBinary(Buffer.from(name));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
};

const writeString = ({ meta }: Environment, name: string, value: string | undefined): void => {
  if (value === undefined) meta.removeSync(Buffer.from(name));
  else meta.putSync(Buffer.from(name), Buffer.from(value));
};

const readNumber = (environment: Environment, name: string): number => {
  const text = readString(environment, name) ?? "0";
  if (!/^\d{1,15}$/.test(text)) throw corruptStore(environment.path, `its ${name} is not a number`);
  return Number(text);
};

/** Position of the newest change; 0 in an empty store. */
export const readPosition = (environment: Environment): number => readNumber(environment, OWN.position);
/** Inside a transaction only, as the other writers here. */
export const writePosition = (environment: Environment, position: number): void =>
  writeString(environment, OWN.position, String(position));

/** Position up to which the feed was forgotten. */
export const readTrimmedPosition = (environment: Environment): number => readNumber(environment, OWN.trimmed);
export const writeTrimmedPosition = (environment: Environment, position: number): void =>
  writeString(environment, OWN.trimmed, String(position));

/** Position up to which the feed tells each key once. */
export const readCompactedPosition = (environment: Environment): number => readNumber(environment, OWN.compacted);
export const writeCompactedPosition = (environment: Environment, position: number): void =>
  writeString(environment, OWN.compacted, String(position));

/** True from the first record of a restore to its last. */
export const isRestoring = (environment: Environment): boolean => readString(environment, OWN.restoring) !== undefined;
export const writeRestoring = (environment: Environment, restoring: boolean): void =>
  writeString(environment, OWN.restoring, restoring ? "true" : undefined);

/**
 * Raises `store.schema` for a store of a newer build, `store.corrupt` for a foreign database and `store.incomplete` for
 * a restore that did not end. A new store gets its schema version.
 */
export const checkMeta = (environment: Environment, readOnly: boolean): void => {
  const { path, records } = environment;
  const schema = readNumber(environment, OWN.schema);
  if (schema > SCHEMA_VERSION) {
    throw new BlackskyError(
      "store.schema",
      `The store at ${path} has schema ${schema}; this build knows ${SCHEMA_VERSION}.`,
      {
        hint: "Run the newer build again, or archive the store and restore the session.",
      },
    );
  }
  if (schema === 1 && !readOnly) {
    upgradeFeed(environment, () => writeString(environment, OWN.schema, String(SCHEMA_VERSION)));
  }
  if (schema === 0) {
    if (readOnly || records.getKeysCount({ limit: 1 }) > 0) throw corruptStore(path, "it has no schema version");
    environment.transaction({ changes: 1, bytes: 0 }, () => {
      writeString(environment, OWN.schema, String(SCHEMA_VERSION));
    });
  }
  if (isRestoring(environment)) throw incompleteStore(path);
};

/** The part of the meta table that is the callers'. */
export const createMeta = (environment: Environment): StoreMeta => ({
  get: (name) => environment.reading(() => readString(environment, name)),
  set(name, value) {
    if (name === "" || name.startsWith("store."))
      throw invalidRequest(`The name ${name || "(empty)"} is the store's own.`);
    environment.transaction({ changes: 1, bytes: name.length + (value?.length ?? 0) * 3 }, () => {
      writeString(environment, name, value);
    });
  },
});
