import type { MemoryLevel } from "./state.ts";

export type GovernorEffect =
  /** Each worker is to let go of what it can do without. */
  | { readonly type: "trim" }
  /** This worker is to end in order and begin anew. */
  | { readonly type: "recycle"; readonly worker: string; readonly reason: string }
  /** All workers are. */
  | { readonly type: "restart"; readonly reason: string }
  /** What the last action was good for, in megabytes of the whole tree. */
  | {
      readonly type: "report";
      readonly action: "trim" | "recycle" | "restart";
      readonly worker: string | null;
      readonly beforeMb: number;
      readonly afterMb: number;
    }
  | { readonly type: "levelChanged"; readonly from: MemoryLevel; readonly to: MemoryLevel; readonly usedMb: number };
