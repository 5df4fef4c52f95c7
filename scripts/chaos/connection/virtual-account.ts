import type { Clock } from "@blacksky/machine";

/** What WhatsApp holds against an account and its linked device. */
export interface VirtualAccount {
  /** When the newest ban ends, in epoch milliseconds. */
  readonly bannedUntilMs: number;
  /** Every code with which a device of this account was ever refused for good. */
  readonly refusals: readonly number[];
  /** No ban ends one that lasts longer; `announced` whether WhatsApp says until when. Returns what it says. */
  ban(untilMs: number, announced: boolean): number | null;
  /** Every login of this device is refused with this code from now on, until `pardon` or another pairing. */
  refuse(code: number): void;
  pardon(): void;
  /** Why a login is refused now. */
  readonly objection: { readonly code: number; readonly expiresAt: number | null } | undefined;
}

/** An account in good standing. */
export const createVirtualAccount = (clock: Clock): VirtualAccount => {
  const refusals: number[] = [];
  let refusal: number | undefined;
  let bannedUntilMs = 0;
  let isAnnounced = true;
  const said = (): number | null => (isAnnounced ? bannedUntilMs : null);
  return {
    get bannedUntilMs() {
      return bannedUntilMs;
    },
    refusals,
    ban(untilMs, announced) {
      if (untilMs > bannedUntilMs) {
        bannedUntilMs = untilMs;
        isAnnounced = announced;
      }
      return said();
    },
    refuse(code) {
      refusal = code;
      refusals.push(code);
    },
    pardon: () => void (refusal = undefined),
    get objection() {
      if (refusal !== undefined) return { code: refusal, expiresAt: null };
      return clock.now() < bannedUntilMs ? { code: 402, expiresAt: said() } : undefined;
    },
  };
};
