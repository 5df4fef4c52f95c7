import type { ConnectionEvent } from "./event.ts";
import { ignore, leave, toConnecting, type Step } from "./moves.ts";
import type { ConnectionSettings } from "./settings.ts";
import { resumed, type LoggedOut, type Refused, type Replaced } from "./state.ts";

/** The link is gone or the account refused: only a person can go on, and then with a fresh count. */
export const whilePermanent = (
  settings: ConnectionSettings,
  state: LoggedOut | Refused | Replaced,
  event: ConnectionEvent,
  now: number,
): Step =>
  event.type === "resume"
    ? toConnecting(settings, { ...resumed(state.memory, now), replacedAtMs: null }, now, leave(state))
    : ignore(state);

/** Another program has the session. While it is not final, one probe is due. */
export const whileReplaced = (
  settings: ConnectionSettings,
  state: Replaced,
  event: ConnectionEvent,
  now: number,
): Step => {
  if (state.probeAtMs === null) return whilePermanent(settings, state, event, now);
  if (event.type === "timer" && event.name === "probe") return toConnecting(settings, state.memory, now);
  if (event.type === "stop") return [{ status: "stopped", sinceMs: now, memory: state.memory }, leave(state)];
  return whilePermanent(settings, state, event, now);
};
