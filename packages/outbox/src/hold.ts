import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";

/** How long nothing is written to strangers when WhatsApp does not say how long it wants that. */
const UNKNOWN_MS = 24 * 3_600_000;

/** What WhatsApp says of the account. `until` in epoch milliseconds, `null` where it does not say. */
export type Restriction = { readonly until: number | null } | undefined;

/** The time in which nothing is written to people who never wrote to us. */
export interface Hold {
  /** Milliseconds that are left of it; 0 when there is none. */
  leftMs(): number;
  /** A message was refused: it begins, unless it is known to last for longer. */
  begin(): void;
  /** WhatsApp has said how things are. */
  set(restriction: Restriction): void;
}

export interface HoldOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Until when, as the store has it. */
  readonly until: number | undefined;
  /** It has changed. */
  readonly onChange: (until: number | undefined) => void;
}

/** Goes on with what the store has. */
export const createHold = ({ clock, log, until: stored, onChange }: HoldOptions): Hold => {
  let until = stored;
  const set = (next: number | undefined): void => {
    if (next === until) return;
    until = next;
    if (next === undefined) log.info("WhatsApp has lifted its restriction; strangers are written to again.");
    else {
      const time = new Date(next).toISOString();
      log.warn(`WhatsApp restricts the account: nothing is sent to people who never wrote to it until ${time}.`);
    }
    onChange(next);
  };
  const leftMs = (): number => Math.max(0, (until ?? 0) - clock.now());
  return {
    leftMs,
    begin() {
      if (leftMs() === 0) set(clock.now() + UNKNOWN_MS);
    },
    set: (restriction) => set(restriction && (restriction.until ?? clock.now() + UNKNOWN_MS)),
  };
};
