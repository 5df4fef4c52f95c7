import type { Clock } from "@blacksky/machine";
import { createBoundedMap } from "../bounded-map.ts";

/** Long enough to read the question, short enough that nobody finds the code later. */
export const CONFIRMATION_MS = 2 * 60_000;
/** More people than will ever be asked at the same time. */
const PENDING_LIMIT = 100;

/** Who is asked, and where: a code works for the same person in the same chat. */
export interface Asked {
  readonly chat: string;
  readonly person: string;
}

/** Why a code did not work. `unknown`: none was asked for here, or it was used. */
export type Redeemed = "confirmed" | "wrong" | "expired" | "unknown";

/** One-time codes for what cannot be undone by asking again. */
export interface Confirmations {
  /** A code for this act; an earlier one of the same person in the same chat counts no longer. */
  ask(asked: Asked, act: string): string;
  /** Any attempt uses the code up. Another act than the one that was asked about is `wrong`. */
  redeem(asked: Asked, act: string, code: string): Redeemed;
}

interface Pending {
  readonly act: string;
  readonly code: string;
  readonly expiresAt: number;
}

/** @param newCode short, for a person to type, and not to be guessed at once */
export const createConfirmations = (clock: Clock, newCode: () => string): Confirmations => {
  const waiting = createBoundedMap<Pending>(PENDING_LIMIT);
  const keyOf = ({ chat, person }: Asked): string => `${chat}|${person}`;
  return {
    ask(asked, act) {
      const code = newCode();
      waiting.set(keyOf(asked), { act, code, expiresAt: clock.now() + CONFIRMATION_MS });
      return code;
    },
    redeem(asked, act, code) {
      const pending = waiting.get(keyOf(asked));
      waiting.delete(keyOf(asked));
      if (pending === undefined) return "unknown";
      if (clock.now() >= pending.expiresAt) return "expired";
      return pending.act === act && pending.code === code ? "confirmed" : "wrong";
    },
  };
};
