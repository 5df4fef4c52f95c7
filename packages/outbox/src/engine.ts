import { createAgenda } from "./agenda.ts";
import { createAlarm } from "./alarm.ts";
import type { Carrier } from "./carrier.ts";
import { attemptsOf, linesOf, type EngineParts } from "./engine-parts.ts";
import type { Entry } from "./entry.ts";
import type { Lines } from "./lines.ts";
import type { NotificationEvent } from "./notification/event.ts";
import { transitionNotification } from "./notification/transition.ts";
import { perform, told, type Tools } from "./perform.ts";
import { notWithinItself, onceInATurn } from "./turns.ts";

/** Moves notifications on, as the clock, the connection and the server have it. */
export interface Engine {
  /** Something has happened to one. */
  step(entry: Entry, event: NotificationEvent): void;
  /** One that is committed begins to wait for its turn, or for its time. */
  admit(entry: Entry): void;
  /** Sends what may be sent now. */
  go(): void;
  /** The same, once for all that happens in this turn of the event loop: acknowledgements come in swarms. */
  goSoon(): void;
  /** A restriction has begun, ended, or changed its length, or somebody is no stranger any more. */
  gateChanged(chat?: string): void;
  opened(carrier: Carrier): void;
  closed(): void;
  /** Begins no attempt any more, and waits for nothing. */
  halt(): void;
  /** Attempts under way. */
  readonly inFlight: number;
}

/** At least so often what has expired is found, and what is over for long is forgotten. */
const SWEEP_MS = 60_000;
const CONNECTION_ENDED = "The connection ended in the middle of an attempt.";

/**
 * The one place where notifications change. Not the interpreter of `@blacksky/machine`: that is a queue and a handful of
 * functions for each machine, and there are ten thousand of these.
 */
const createStep = (parts: EngineParts, tools: () => Tools): Engine["step"] => {
  const { options, settings, book, journal } = parts;
  const { clock, log } = options;
  return (entry, event) => {
    if (journal.hasFailed) return;
    const from = entry.state;
    const [to, effects] = transitionNotification(settings, from, event, clock.now());
    if (to === from) return;
    entry.state = to;
    const { lines, attempts } = tools();
    if (to.status !== "executing") attempts.end(entry);
    book.changed(entry, from);
    for (const effect of effects) perform(parts, tools(), entry, effect);
    lines.changed(entry, clock.monotonic());
    if (to.status === "discarded") {
      log.warn(`A notification was given up: ${to.problem ?? ""}`, { notification_id: entry.id });
      options.onDiscarded?.(entry.id, to.problem ?? "");
    }
    options.onCounts();
  };
};

/** Has the head of a line sent, unless its time is over. */
const createTaker = ({ options: { clock } }: EngineParts, lines: Lines, step: Engine["step"]) => {
  let generation = 0;
  return (entry: Entry): void => {
    const { expiresAt } = entry.state;
    const now = clock.monotonic();
    if (expiresAt !== null && expiresAt <= clock.now()) step(entry, { type: "expired" });
    else {
      lines.spend(entry, now);
      generation += 1;
      step(entry, { type: "taken", generation });
    }
    // Its time may not have come after all, when somebody has set the clock back.
    lines.changed(entry, now);
  };
};

/** What is to be done now and then, whatever happens. */
const createSweep = ({ options: { clock }, book, journal, limits }: EngineParts, step: Engine["step"]) => {
  let sweptAt = clock.monotonic();
  return {
    get dueInMs() {
      return Math.max(0, sweptAt + SWEEP_MS - clock.monotonic());
    },
    sweep(): void {
      const now = clock.now();
      sweptAt = clock.monotonic();
      for (const entry of [...book.expiring]) {
        if ((entry.state.expiresAt ?? Infinity) <= now) step(entry, { type: "expired" });
      }
      journal.tidy(now - SWEEP_MS).catch(told);
      limits.tidy(sweptAt);
    },
  };
};

/** Nothing is to be sent at first, and there is no connection. */
export const createEngine = (parts: EngineParts): Engine => {
  const { capacity, journal } = parts;
  const { clock } = parts.options;
  let carrier: Carrier | undefined;
  let halted = false;

  const agenda = createAgenda();
  const lines = linesOf(parts);
  const step = createStep(parts, () => ({ carrier, lines, attempts, go }));
  const attempts = attemptsOf(parts, {
    tell(entry, event) {
      step(entry, event);
      go();
    },
    onDeadline: () => setAlarm(),
  });
  const take = createTaker(parts, lines, step);
  const sweeping = createSweep(parts, step);
  const mayBegin = (): boolean =>
    carrier !== undefined && !halted && !journal.hasFailed && attempts.size < capacity.maxExecuting;
  const next = (): Entry | undefined => (mayBegin() ? lines.next(clock.monotonic()) : undefined);
  const setAlarm = (): void => {
    if (halted || journal.hasFailed) return;
    const now = clock.monotonic();
    // The first, because the others may be months away, and no timer waits for so long.
    alarm.within(sweeping.dueInMs);
    alarm.within(mayBegin() ? lines.wakeInMs(now) : Infinity);
    alarm.within(attempts.nextAt - now);
    alarm.within(agenda.nextAt - clock.now());
  };
  const go = notWithinItself(() => {
    for (let entry = next(); entry !== undefined; entry = next()) take(entry);
    setAlarm();
  });
  const alarm = createAlarm(clock, () => {
    attempts.giveUpDue(clock.monotonic());
    for (const entry of agenda.takeDue(clock.now())) step(entry, { type: "due" });
    if (sweeping.dueInMs === 0) sweeping.sweep();
    go();
  });

  return {
    step,
    go,
    goSoon: onceInATurn(go),
    admit: (entry) => (entry.state.status === "scheduled" ? agenda.add(entry) : lines.add(entry, clock.monotonic())),
    gateChanged(chat) {
      lines.lookAgain(clock.monotonic(), chat);
      go();
    },
    opened(opened) {
      carrier = opened;
      go();
    },
    closed() {
      carrier = undefined;
      for (const entry of attempts.all()) step(entry, { type: "interrupted", problem: CONNECTION_ENDED });
    },
    halt() {
      halted = true;
      alarm.stop();
    },
    get inFlight() {
      return attempts.size;
    },
  };
};
