import type { Restriction } from "@blacksky/outbox";
import type { ConnectionState } from "@whiskeysockets/baileys";

type TimeLock = NonNullable<ConnectionState["reachoutTimeLock"]>;

/** What Baileys' words for a restriction of the account mean. */
export const readRestriction = ({ isActive, timeEnforcementEnds }: TimeLock): Restriction => {
  if (!isActive) return undefined;
  const until = timeEnforcementEnds?.getTime() ?? Number.NaN;
  return { until: Number.isNaN(until) ? null : until };
};
