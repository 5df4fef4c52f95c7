import type { Clock } from "@blacksky/machine";
import { records } from "@blacksky/protocol";
import type { RecordKind, RecordSizes } from "@blacksky/protocol";
import type { Store } from "@blacksky/store";

export interface RecordSizesOptions {
  readonly store: Pick<Store, "entries">;
  readonly clock: Clock;
  /** Ends a count that is under way. */
  readonly signal: AbortSignal;
}

/** How large the records of a store are, by kind. */
export interface RecordSizeReader {
  /** As they were at the last count; begins another when that was long ago. Waits only for the first. */
  read(): Promise<readonly RecordSizes[]>;
}

/** Reading 100,000 records takes a second of work. */
const MAX_AGE_MS = 300_000;
const RECORDS_IN_A_TURN = 256;

const KINDS: ReadonlySet<string> = new Set(records.RECORD_KINDS);
const isKind = (word: string): word is RecordKind => KINDS.has(word);

/** `session/<kind>/<id>` is of its kind, `<family>/<id>` of its family. */
export const recordKindOf = (key: string): RecordKind => {
  const [family = "", kind = ""] = key.split("/", 2);
  const word = family === "session" ? kind : family;
  return isKind(word) ? word : "other";
};

const classOf = (bytes: number): number => {
  const at = records.SIZE_BOUNDS.findIndex((bound) => bytes <= bound);
  return at < 0 ? records.SIZE_BOUNDS.length : at;
};

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const countAll = async ({ store, signal }: RecordSizesOptions): Promise<RecordSizes[]> => {
  const found = new Map<RecordKind, { bytes: number; classes: number[] }>();
  let seen = 0;
  for (const { key, value } of store.entries("")) {
    const kind = recordKindOf(key);
    const sizes = found.get(kind) ?? {
      bytes: 0,
      classes: Array.from({ length: records.SIZE_BOUNDS.length + 1 }, () => 0),
    };
    found.set(kind, sizes);
    const at = classOf(value.byteLength);
    sizes.classes[at] = (sizes.classes[at] ?? 0) + 1;
    sizes.bytes += value.byteLength;
    seen += 1;
    if (seen % RECORDS_IN_A_TURN > 0) continue;
    await nextTurn();
    signal.throwIfAborted();
  }
  return Array.from(found, ([kind, sizes]) => ({ kind, ...sizes }));
};

/**
 * Counts the sizes of records as they are now, and not of those that are written: what grows without being written often,
 * such as pre-keys, shows too, and also right after a start. The change feed does not say how large a record was before, and
 * to remember that would cost memory for each; reading all of them now and then costs nothing while nobody asks.
 */
export const createRecordSizes = (options: RecordSizesOptions): RecordSizeReader => {
  let last: { readonly sizes: readonly RecordSizes[]; readonly atMs: number } | undefined;
  let underWay: Promise<readonly RecordSizes[]> | undefined;

  const count = (): Promise<readonly RecordSizes[]> => {
    underWay ??= countAll(options)
      .then((sizes) => {
        last = { sizes, atMs: options.clock.now() };
        return sizes;
      })
      .finally(() => (underWay = undefined));
    return underWay;
  };

  return {
    async read() {
      if (last === undefined) return count();
      // Who asks later finds out why it failed, if it still does.
      if (options.clock.now() - last.atMs >= MAX_AGE_MS) count().catch(() => (last = undefined));
      return last.sizes;
    },
  };
};
