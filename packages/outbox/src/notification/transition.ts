import { backOffDelayMs, type Transition } from "@blacksky/machine";
import type { NotificationEffect } from "./effect.ts";
import type { NotificationEvent } from "./event.ts";
import { classifyRefusal, describeRefusal, type Pardon } from "./refusal.ts";
import type { NotificationSettings } from "./settings.ts";
import type {
  Available,
  Course,
  Discarded,
  Executing,
  NotificationMachineState,
  Retryable,
  Scheduled,
  Sent,
} from "./state.ts";

type Step = readonly [NotificationMachineState, readonly NotificationEffect[]];

const NOTHING: readonly NotificationEffect[] = [];
const SAVE: readonly NotificationEffect[] = [{ type: "save" }];
const QUEUE: readonly NotificationEffect[] = [{ type: "queue" }];
const SEND: readonly NotificationEffect[] = [{ type: "send" }];
const REFRESH: readonly NotificationEffect[] = [{ type: "save" }, { type: "refreshDevices" }];

const courseOf = (state: Course, now: number): Course => {
  const { attempts, rescues, pardons, expiresAt, problem } = state;
  return { attempts, rescues, pardons, expiresAt, problem, changedAt: now };
};

const enter = <Status extends "available" | "sent" | "delivered" | "cancelled">(
  status: Status,
  state: Course,
  now: number,
): Course & { readonly status: Status } => ({ status, ...courseOf(state, now) });

const discard = (state: Course, problem: string, now: number): Step => [
  { status: "discarded", ...courseOf(state, now), problem },
  SAVE,
];

const retryAt = (state: Course, dueAt: number, problem: string, now: number): Retryable => ({
  status: "retryable",
  dueAt,
  ...courseOf(state, now),
  problem,
});

/** Another attempt after a while, if there is one left. */
const tryAgain = (
  { maxAttempts, backOff }: NotificationSettings,
  state: Course,
  {
    problem,
    chance,
    atLeastMs = 0,
  }: { readonly problem: string; readonly chance: number; readonly atLeastMs?: number },
  now: number,
): Step => {
  const { attempts } = state;
  if (attempts >= maxAttempts) return discard(state, `${problem} It was tried ${String(attempts)} times.`, now);
  const pauseMs = Math.max(atLeastMs, backOffDelayMs(backOff, attempts - 1, chance));
  return [retryAt(state, now + pauseMs, problem, now), SAVE];
};

/** One further attempt, once what may be wrong has been seen to. */
const pardon = (settings: NotificationSettings, state: Course, kind: Pardon, problem: string, now: number): Step => {
  if (state.pardons.includes(kind)) return discard(state, `${problem} One further attempt did not help.`, now);
  if (state.attempts >= settings.maxAttempts) return discard(state, problem, now);
  const pauseMs = kind === "restricted" ? settings.restrictedPauseMs : settings.stalePauseMs;
  const pardoned = { ...retryAt(state, now + pauseMs, problem, now), pardons: [...state.pardons, kind] };
  return [pardoned, kind === "stale" ? REFRESH : SAVE];
};

const refused = (
  settings: NotificationSettings,
  state: Executing,
  { code, chance }: Extract<NotificationEvent, { type: "refused" }>,
  now: number,
): Step => {
  const kind = classifyRefusal(code);
  const problem = describeRefusal(code);
  if (state.unwanted) return [{ ...enter("cancelled", state, now), problem }, SAVE];
  switch (kind) {
    case "restricted":
    case "stale":
      return pardon(settings, state, kind, problem, now);
    case "busy":
      return tryAgain(settings, state, { problem, chance, atLeastMs: settings.busyPauseMs }, now);
    case "final":
      return discard(state, problem, now);
  }
};

/** The answer to an attempt that was given up already. Where a line repeats, one that was pardoned comes twice. */
const refusedLate = (settings: NotificationSettings, state: Available | Retryable, code: string, now: number): Step => {
  const kind = classifyRefusal(code);
  if (state.attempts === 0 || kind === "busy") return [state, NOTHING];
  if (kind === "final") return discard(state, describeRefusal(code), now);
  return state.pardons.includes(kind) ? [state, NOTHING] : pardon(settings, state, kind, describeRefusal(code), now);
};

/** The attempt is as if it had not been made. */
const giveBack = (state: Executing): Executing => ({ ...state, attempts: state.attempts - 1 });

const rescued = (settings: NotificationSettings, state: Executing, chance: number, now: number): Step => {
  const { maxRescues, quickRescues, rescueBackOff } = settings;
  const rescues = state.rescues + 1;
  const back = { ...giveBack(state), rescues };
  if (state.unwanted) return [enter("cancelled", back, now), SAVE];
  const problem = "The bot ended in the middle of an attempt.";
  if (rescues > maxRescues) return discard(back, `${problem} That happened ${String(rescues)} times.`, now);
  if (rescues <= quickRescues) return [{ ...enter("available", back, now), problem }, SAVE];
  const pauseMs = backOffDelayMs(rescueBackOff, rescues - quickRescues - 1, chance);
  return [retryAt(back, now + pauseMs, problem, now), SAVE];
};

const whileExecuting = (
  settings: NotificationSettings,
  state: Executing,
  event: NotificationEvent,
  now: number,
): Step => {
  switch (event.type) {
    case "refused":
      return refused(settings, state, event, now);
    case "failed":
      if (event.generation !== state.generation) return [state, NOTHING];
      if (state.unwanted) return [{ ...enter("cancelled", state, now), problem: event.problem }, SAVE];
      return tryAgain(settings, state, event, now);
    case "interrupted": {
      const back = enter(state.unwanted ? "cancelled" : "available", giveBack(state), now);
      return [{ ...back, problem: event.problem }, SAVE];
    }
    case "rescued":
      return rescued(settings, state, event.chance, now);
    case "cancel":
      return state.unwanted ? [state, NOTHING] : [{ ...state, unwanted: true, changedAt: now }, SAVE];
    case "impossible":
      return state.unwanted ? [enter("cancelled", state, now), SAVE] : discard(state, event.problem, now);
    case "accepted":
    case "delivered":
    case "due":
    case "taken":
    case "expired":
    case "retry":
      return whilePending(state, event, now);
  }
};

/** What every notification that is still to be sent has in common; the server's word counts also when it comes late. */
const whilePending = (
  state: Scheduled | Available | Executing | Retryable,
  event: NotificationEvent,
  now: number,
): Step => {
  if (event.type === "accepted") return [enter("sent", state, now), SAVE];
  if (event.type === "delivered") return [enter("delivered", state, now), SAVE];
  if (event.type === "impossible") return discard(state, event.problem, now);
  // What may be on the wire is past recall, whatever the time.
  if (state.status === "executing") return [state, NOTHING];
  if (event.type === "expired") return discard(state, "Its time was over before it could be sent.", now);
  if (event.type === "cancel") return [enter("cancelled", state, now), SAVE];
  return [state, NOTHING];
};

const take = (state: Available | Retryable, generation: number, now: number): Step => {
  const course = courseOf(state, now);
  return [{ status: "executing", generation, unwanted: false, ...course, attempts: state.attempts + 1 }, SEND];
};

const whileAvailable = (
  settings: NotificationSettings,
  state: Available,
  event: NotificationEvent,
  now: number,
): Step => {
  if (event.type === "refused") return refusedLate(settings, state, event.code, now);
  return event.type === "taken" ? take(state, event.generation, now) : whilePending(state, event, now);
};

const whileRetryable = (
  settings: NotificationSettings,
  state: Retryable,
  event: NotificationEvent,
  now: number,
): Step => {
  if (event.type === "refused") return refusedLate(settings, state, event.code, now);
  if (event.type === "retry") return [enter("available", state, now), SAVE];
  if (event.type !== "taken") return whilePending(state, event, now);
  return state.dueAt > now ? [state, NOTHING] : take(state, event.generation, now);
};

/** A person has looked at it: whatever was held against it counts no longer, and neither does its end. */
const retried = (state: Discarded, now: number): Step => {
  const afresh = { attempts: 0, rescues: 0, pardons: [], expiresAt: null };
  return [{ ...enter("available", state, now), ...afresh }, QUEUE];
};

const whileDiscarded = (state: Discarded, event: NotificationEvent, now: number): Step => {
  if (event.type === "retry") return retried(state, now);
  return event.type === "cancel" ? [enter("cancelled", state, now), SAVE] : [state, NOTHING];
};

const whileScheduled = (state: Scheduled, event: NotificationEvent, now: number): Step =>
  event.type === "due" && state.dueAt <= now
    ? [enter("available", state, now), QUEUE]
    : whilePending(state, event, now);

const whileSent = (state: Sent, event: NotificationEvent, now: number): Step =>
  event.type === "delivered" ? [enter("delivered", state, now), SAVE] : [state, NOTHING];

/**
 * The machine of one notification; see SPEC.md beside it.
 *
 * @param now epoch milliseconds
 */
export const transitionNotification: Transition<
  NotificationSettings,
  NotificationMachineState,
  NotificationEvent,
  NotificationEffect
> = (settings, state, event, now) => {
  switch (state.status) {
    case "scheduled":
      return whileScheduled(state, event, now);
    case "available":
      return whileAvailable(settings, state, event, now);
    case "executing":
      return whileExecuting(settings, state, event, now);
    case "retryable":
      return whileRetryable(settings, state, event, now);
    case "sent":
      return whileSent(state, event, now);
    case "discarded":
      return whileDiscarded(state, event, now);
    case "delivered":
    case "cancelled":
      return [state, NOTHING];
  }
};
