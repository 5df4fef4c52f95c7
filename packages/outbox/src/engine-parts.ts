import { createAttempts, type Attempts, type AttemptsOptions } from "./attempts.ts";
import type { Book } from "./book.ts";
import type { Entry } from "./entry.ts";
import type { Hold } from "./hold.ts";
import type { Journal } from "./journal.ts";
import type { Limits } from "./limits.ts";
import { createLines, type Lines } from "./lines.ts";
import type { NotificationSettings } from "./notification/settings.ts";
import type { OutboxCapacity, OutboxOptions } from "./options.ts";
import { OWNER } from "./recipient.ts";

/** What the engine works with. */
export interface EngineParts {
  readonly options: OutboxOptions;
  readonly settings: NotificationSettings;
  readonly capacity: OutboxCapacity;
  readonly book: Book;
  readonly journal: Journal;
  readonly hold: Hold;
  readonly limits: Limits;
  readonly isStranger: (chat: string) => boolean;
}

/** Milliseconds for which it is held by a restriction. Its one further attempt after 463 is, also to somebody who did write. */
const heldMs = ({ hold }: EngineParts, { state }: Entry, isStranger: boolean): number =>
  isStranger || state.pardons.includes("restricted") ? hold.leftMs() : 0;

/** The lines of an engine: what keeps a head from going is its own pause, and the hold. */
export const linesOf = (parts: EngineParts): Lines => {
  const { options, limits, isStranger } = parts;
  const waitMs = (entry: Entry, stranger: boolean): number => {
    const { state } = entry;
    const ownMs = state.status === "retryable" ? state.dueAt - options.clock.now() : 0;
    return Math.max(ownMs, heldMs(parts, entry, stranger));
  };
  return createLines({ waitMs, isStranger }, limits);
};

const obstacleOf = (parts: EngineParts, entry: Entry): string | undefined => {
  const { state, chat } = entry;
  if (state.status === "executing" && state.unwanted) return "It was cancelled before it left.";
  if ((state.expiresAt ?? Infinity) <= parts.options.clock.now()) return "Its time was over before it left.";
  // Who is a stranger takes a look into the store.
  if (parts.hold.leftMs() === 0) return undefined;
  return heldMs(parts, entry, parts.isStranger(chat)) > 0 ? "WhatsApp restricts the account." : undefined;
};

/** The attempts of an engine. */
export const attemptsOf = (
  parts: EngineParts,
  { tell, onDeadline }: Pick<AttemptsOptions, "tell" | "onDeadline">,
): Attempts => {
  const { options, capacity, journal } = parts;
  return createAttempts({
    obstacle: (entry) => obstacleOf(parts, entry),
    clock: options.clock,
    capacity,
    roll: options.random,
    tell,
    onDeadline,
    commit: (entry) => journal.begin(entry),
    read(entry) {
      const { chat } = entry;
      const text = entry.text ?? Buffer.from(journal.textOf(entry)).toString("utf8");
      if (chat !== OWNER && text.length > 0) return { chat, text };
      const problem = chat === OWNER ? "OWNER_NUMBER is not set." : "Its text is damaged in the store.";
      tell(entry, { type: "impossible", problem });
      return undefined;
    },
  });
};
