import type { Clock } from "@blacksky/machine";
import type { Alert } from "@blacksky/protocol";
import type { ChildView } from "@blacksky/supervisor";

/** One crash mends itself and is nobody's concern; this many within the supervisor's own period are. */
const MANY = 3;
const PERIOD_MS = 300_000;

/** Looks at the children after each change, and raises `worker-crashing` when one of them does not stay up. */
export const watchRestarts = (clock: Clock, raise: (alert: Alert) => void) => {
  const seen = new Map<string, { restarts: number; atMs: number[] }>();
  return (views: readonly ChildView[]): void => {
    for (const { id, restarts } of views) {
      const before = seen.get(id) ?? { restarts: 0, atMs: [] };
      if (restarts <= before.restarts) continue;
      const nowMs = clock.monotonic();
      const atMs = [...before.atMs.filter((ms) => nowMs - ms < PERIOD_MS), nowMs];
      seen.set(id, { restarts, atMs });
      if (atMs.length < MANY) continue;
      const text = `The ${id} worker ended unexpectedly ${String(atMs.length)} times within five minutes. It is started again each time; after six times everything starts anew. The log says why it ends.`;
      raise({ kind: "worker-crashing", text });
    }
  };
};
