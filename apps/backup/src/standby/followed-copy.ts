import type { Database } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { removeStore } from "../restore/replace-store.ts";
import { copyReplica, updateCopy } from "./replica-copy.ts";
import type { CopyOrigin, ReplicaCopy } from "./replica-copy.ts";

/** A copy that is brought up again and again, or none. One call at a time. */
export interface FollowedCopy {
  /** What it is a copy of; `undefined` while there is none. */
  readonly origin: CopyOrigin | undefined;
  /**
   * Makes the copy, or brings it up; drops it where it can follow no longer. Resolves with what was done. Throws what
   * `copyReplica` and `updateCopy` throw; after that it may be brought up again, but is not whole before.
   */
  read(database: Database, signal: AbortSignal): Promise<"copied" | "updated" | "dropped">;
  /** Brings it up to the replica of a claim and gives it away; `undefined` where there is none that is equal to it. */
  take(claim: Claim, signal: AbortSignal): Promise<{ readonly store: Store; readonly ageMs: number } | undefined>;
  /** Removes it. */
  drop(): Promise<void>;
}

/** @param path of its store, where nothing may lie */
export const createFollowedCopy = (context: Context, path: string): FollowedCopy => {
  let copy: ReplicaCopy | undefined;

  const drop = async (): Promise<void> => {
    const dropped = copy;
    copy = undefined;
    if (dropped !== undefined) await removeStore(dropped.store);
  };

  return {
    get origin() {
      return copy?.origin;
    },
    async read(database, signal) {
      if (copy === undefined) {
        copy = await copyReplica(context, database, path, signal);
        return "copied";
      }
      const updated = await updateCopy(context, database, copy, signal);
      if (updated === undefined) await drop();
      else ({ copy } = updated);
      return updated === undefined ? "dropped" : "updated";
    },
    async take({ database, replica }, signal) {
      const updated = copy && (await updateCopy(context, database, copy, signal));
      // Nobody but us may write any more: another position than the claim's would be somebody's doing.
      if (updated?.copy.origin.position !== replica.position) return undefined;
      copy = undefined;
      return { store: updated.copy.store, ageMs: updated.ageMs };
    },
    drop,
  };
};
