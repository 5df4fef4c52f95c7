import type { RestoreOrder } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { carryOutOrder } from "./carry-out-order.ts";
import type { Verdict } from "./ladder.ts";
import type { FoundStore } from "./local-store.ts";
import type { Retirement } from "./replace-store.ts";
import type { RestoredSnapshot } from "./restore-snapshot.ts";
import { isImported, keepReplaced, retire } from "./retire.ts";

interface Surroundings {
  /** The lease, where there is a database. */
  readonly claim: Claim | undefined;
  /** What the ladder would do. */
  readonly verdict: Verdict;
}

/** What is replaced is kept like any other; the replica's rows too, where they are not those of the store. */
const retireForOrder = (
  context: Context,
  found: FoundStore,
  order: RestoreOrder,
  { claim, verdict }: Surroundings,
): Retirement => {
  const { store, local } = found;
  const isKept = order.basis !== null && store?.position === order.basis.position;
  const retirement = retire(context, found, claim, local.status === "broken" ? local.reason : "restored");
  return {
    reason: retirement.reason,
    async leave() {
      if (claim !== undefined && (verdict.action !== "keep" || isImported(local))) await keepReplaced(context, claim);
      // At this very position a snapshot was taken before the order was written.
      await (isKept ? store.close() : retirement.leave());
    },
  };
};

/** Carries out an order over whatever is here; see `carryOutOrder`. */
export const restoreAsOrdered = async (
  context: Context,
  found: FoundStore,
  order: RestoreOrder,
  surroundings: Surroundings,
): Promise<RestoredSnapshot | undefined> => {
  const { claim } = surroundings;
  const retirement = retireForOrder(context, found, order, surroundings);
  return carryOutOrder(context, order, { claim, retirement, position: found.store?.position ?? 0 });
};
