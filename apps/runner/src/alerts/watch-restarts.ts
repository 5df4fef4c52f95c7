import type { Clock } from "@blacksky/machine";
import type { ChildView } from "@blacksky/supervisor";
import { noticeOfRestart } from "../notices/notice-of.ts";
import type { NoticeTeller } from "../notices/notice-teller.ts";
import type { AlertDesk } from "./alert-desk.ts";

/** One crash mends itself and is nobody's concern; this many within the supervisor's own period are. */
const MANY = 3;
const PERIOD_MS = 300_000;

/**
 * Looks at the children after each change: raises `worker-crashing` when one of them does not stay up, and tells when all
 * of them run.
 */
export const watchRestarts = (
  clock: Clock,
  desk: Pick<AlertDesk, "raise" | "eased" | "relapsed">,
  owner: Pick<NoticeTeller, "tell">,
) => {
  const seen = new Map<string, { restarts: number; atMs: number[] }>();
  return (views: readonly ChildView[]): void => {
    for (const { id, restarts } of views) {
      const before = seen.get(id) ?? { restarts: 0, atMs: [] };
      if (restarts <= before.restarts) continue;
      const nowMs = clock.monotonic();
      const atMs = [...before.atMs.filter((ms) => nowMs - ms < PERIOD_MS), nowMs];
      seen.set(id, { restarts, atMs });
      desk.relapsed("workers");
      owner.tell(noticeOfRestart(id));
      if (atMs.length < MANY) continue;
      const text = `The ${id} worker ended unexpectedly ${String(atMs.length)} times within five minutes. It is started again each time; after six times everything starts anew. The log says why it ends.`;
      desk.raise({ kind: "worker-crashing", text });
    }
    if (views.length > 0 && views.every(({ state }) => state === "running")) desk.eased("workers");
  };
};
