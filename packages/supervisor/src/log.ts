import type { TransitionRecord } from "@blacksky/machine";
import type { SupervisorEffect, SupervisorEvent } from "./supervisor/event.ts";
import type { SupervisorState } from "./supervisor/state.ts";

type LogCall = (message: string, fields?: Record<string, unknown>) => void;

/** The log calls a supervisor makes; any logger of ours fits. */
export interface SupervisorLog {
  readonly debug: LogCall;
  readonly info: LogCall;
  readonly warn: LogCall;
  readonly error: LogCall;
}

type Change = TransitionRecord<SupervisorState, SupervisorEvent, SupervisorEffect>;

const nameEvent = (event: SupervisorEvent): string => (event.type === "child" ? event.news.type : event.type);

/** Logs each change of status once; changes inside a status (a heard ping) are not worth a line. */
export const logTransition = (log: SupervisorLog, { from, to, event, effects }: Change): void => {
  const cause = nameEvent(event);
  for (const [child, after] of Object.entries(to.children)) {
    const before = from.children[child];
    const { generation } = after.tally;
    if (before?.status === after.status && before.tally.generation === generation) continue;
    const own = effects.flatMap((each) => (each.type === "child" && each.id === child ? [each.effect.type] : []));
    const change = { from: before?.status, to: after.status };
    log.debug(`${child}: ${String(change.from)} → ${change.to}`, {
      child,
      generation,
      ...change,
      event: cause,
      effects: own,
    });
  }
  if (from.status === to.status) return;
  log.debug(`supervisor: ${from.status} → ${to.status}`, { from: from.status, to: to.status, event: cause });
};
