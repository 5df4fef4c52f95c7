import { describeError } from "@blacksky/errors";
import { createTextRedactor } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import type { Carrier } from "./carrier.ts";
import { createDeadlines } from "./deadlines.ts";
import type { Entry } from "./entry.ts";
import type { NotificationEvent } from "./notification/event.ts";
import type { OutboxCapacity } from "./options.ts";

/** Who is being sent now. Times on a clock that nobody sets. */
export interface Attempts {
  /** Makes the attempt that the entry's state speaks of; what becomes of it is told by events. */
  begin(entry: Entry, carrier: Carrier): void;
  /** It is over, however. */
  end(entry: Entry): void;
  /** Tells those that nothing was heard of in time. */
  giveUpDue(now: number): void;
  /** When one will be given up next; `Infinity` when nothing is under way. */
  readonly nextAt: number;
  /** Those that are under way. */
  all(): Entry[];
  readonly size: number;
}

export interface AttemptsOptions {
  readonly clock: Clock;
  readonly capacity: OutboxCapacity;
  /** Whom it goes to, and what it says; `undefined` where it says nothing or goes to nobody, which it tells by itself. */
  readonly read: (entry: Entry) => { readonly chat: string; readonly text: string } | undefined;
  /** Commits that the attempt begins. Rejects when the store cannot. */
  readonly commit: (entry: Entry) => Promise<unknown>;
  /** What keeps it from leaving by now. */
  readonly obstacle: (entry: Entry) => string | undefined;
  readonly tell: (entry: Entry, event: NotificationEvent) => void;
  /** `nextAt` may be earlier than it was. */
  readonly onDeadline: () => void;
  /** A roll in [0, 1) for delays. */
  readonly roll: () => number;
}

const PROBLEM_LENGTH = 300;
// It is read by people who may not read the log, and errors of Signal name addresses.
const redact = createTextRedactor([]);

/** What went wrong, for people: without an address, and not longer than they read. */
export const describeProblem = (error: unknown): string => redact(describeError(error)).slice(0, PROBLEM_LENGTH);

/** Nothing is under way at first. */
export const createAttempts = (options: AttemptsOptions): Attempts => {
  const { clock, capacity, read, commit, obstacle, tell, onDeadline, roll } = options;
  const leaving = createDeadlines<Entry>(capacity.relayDeadlineMs);
  const awaited = createDeadlines<Entry>(capacity.ackDeadlineMs);

  const fail = (entry: Entry, generation: number, problem: string): void =>
    tell(entry, { type: "failed", generation, problem, chance: roll() });

  const isCurrent = ({ state }: Entry, generation: number): boolean =>
    state.status === "executing" && state.generation === generation;

  /** Whether it may still leave: to prepare it may have taken long, and what keeps it from going may have come meanwhile. */
  const mayLeave = (entry: Entry, generation: number): boolean => {
    if (!isCurrent(entry, generation)) return false;
    const problem = obstacle(entry);
    if (problem === undefined) return true;
    tell(entry, { type: "interrupted", problem });
    return false;
  };

  const attempt = async (entry: Entry, generation: number, carrier: Carrier): Promise<void> => {
    const content = read(entry);
    if (content === undefined) return;
    const letter = await carrier.prepare({ id: entry.messageId, ...content });
    if (!mayLeave(entry, generation)) return;
    await Promise.all([commit(entry), letter.remember()]);
    if (!mayLeave(entry, generation)) return;
    await letter.relay();
    if (!isCurrent(entry, generation)) return;
    leaving.cancel(entry);
    awaited.start(entry, clock.monotonic());
    onDeadline();
  };

  return {
    begin(entry, carrier) {
      if (entry.state.status !== "executing") return;
      const { generation } = entry.state;
      leaving.start(entry, clock.monotonic());
      attempt(entry, generation, carrier).catch((error: unknown) => fail(entry, generation, describeProblem(error)));
    },
    end(entry) {
      leaving.cancel(entry);
      awaited.cancel(entry);
    },
    giveUpDue(now) {
      const due = [
        ...leaving.takeDue(now).map((entry) => ({ entry, problem: "It could not be put on the wire in time." })),
        ...awaited.takeDue(now).map((entry) => ({ entry, problem: "WhatsApp did not acknowledge it in time." })),
      ];
      for (const { entry, problem } of due) {
        if (entry.state.status === "executing") fail(entry, entry.state.generation, problem);
      }
    },
    get nextAt() {
      return Math.min(leaving.nextAt, awaited.nextAt);
    },
    all: () => [...leaving.things, ...awaited.things],
    get size() {
      return leaving.size + awaited.size;
    },
  };
};
