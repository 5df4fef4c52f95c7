import type { StoreMeta } from "@blacksky/store";

/** Written by the backup worker into a store that it restored: `complete`, or `unknown` when changes may be missing. */
const TAIL = "restored.tail";
/** Ours: when the repair was begun and which pre-key ids it leaves out; when it was finished. */
const BEGUN = "repair.begun";
const FINISHED = "repair.finished";

/** A repair that was begun. `startedAt` in epoch milliseconds. */
export interface RepairBegun {
  readonly startedAt: number;
  readonly preKeyFloor: number;
}

/** What the store remembers of its repair. It lies beside the records: another restore begins another one. */
export interface RepairMark {
  /** True when changes may be missing that nobody has made up for yet. */
  readonly due: boolean;
  readonly begun: RepairBegun | undefined;
  begin(begun: RepairBegun): void;
  finish(at: number): void;
}

const parse = (text: string | undefined): RepairBegun | undefined => {
  const [startedAt = Number.NaN, preKeyFloor = Number.NaN] = (text ?? "").split(" ").map(Number);
  return Number.isSafeInteger(startedAt) && Number.isSafeInteger(preKeyFloor) ? { startedAt, preKeyFloor } : undefined;
};

/** The mark in the meta of a store. */
export const createRepairMark = (meta: StoreMeta): RepairMark => ({
  get due() {
    return meta.get(TAIL) === "unknown" && meta.get(FINISHED) === undefined;
  },
  get begun() {
    const text = meta.get(BEGUN);
    return text === undefined ? undefined : parse(text);
  },
  begin: ({ startedAt, preKeyFloor }) => meta.set(BEGUN, `${String(startedAt)} ${String(preKeyFloor)}`),
  finish: (at) => meta.set(FINISHED, String(at)),
});
