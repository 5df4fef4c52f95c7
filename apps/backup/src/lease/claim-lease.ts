import { describeError } from "@blacksky/errors";
import { backOffDelayMs, delay, expiryIn } from "@blacksky/machine";
import type { Expiry } from "@blacksky/machine";
import { acquireLease, describeDatabaseError, isRetryable, lookAtLease, migrate } from "@blacksky/postgres";
import type { Database, Lease, ReplicaState } from "@blacksky/postgres";

import type { Context } from "../context.ts";
import type { DatabaseSource } from "../database-source.ts";

/** The lease and the replica as it was when it was taken. */
export interface Claim {
  readonly database: Database;
  readonly lease: Lease;
  readonly replica: ReplicaState;
  /** Counted from when it was asked for: it cannot have begun earlier. */
  readonly leaseUntil: Expiry;
  /** Somebody stands by for it, or has lost it without letting go. */
  readonly contested: boolean;
}

export type ClaimOutcome =
  | ({ readonly status: "claimed" } & Claim)
  /** The database could not be reached, or refused us. */
  | { readonly status: "unreachable"; readonly error: unknown }
  /** As `unreachable`, but another holder had been seen before: the session is not ours to touch. */
  | { readonly status: "lostSight"; readonly error: unknown };

export interface ClaimOptions {
  readonly context: Context;
  readonly source: DatabaseSource;
  /** How long an unreachable database is waited for; `Infinity` never gives up, whatever the reason. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Told about each attempt. */
  readonly onAttempt: (outcome: "unreachable" | "heldByAnother", error?: unknown) => void;
  /** Told what another holder's replica looks like, at most looks. */
  readonly onSeen?: (database: Database, replica: ReplicaState) => void;
}

const SLOWEST_MS = 30_000;

/** Who asks for the lease leaves word in its row, which counts for a minute; in between it is enough to look. */
const ASK_EVERY_MS = 15_000;

interface Held {
  readonly remainingMs: number;
}

/** Looks whether the lease is still another's; `undefined` when it may be had. */
const lookOn = async ({ context, source, onSeen }: ClaimOptions): Promise<Held | undefined> => {
  const database = await source.open();
  const look = await lookAtLease(database, context.sessionId, context.holder);
  if (look === undefined || look.free) return undefined;
  onSeen?.(database, look.replica);
  return look;
};

const attempt = async ({ context, source }: ClaimOptions): Promise<Claim | Held> => {
  const database = await source.open();
  const applied = await migrate(database);
  if (applied.length > 0) context.log.info("Brought the database's schema up to date.", { versions: applied });
  const leaseUntil = expiryIn(context.clock, context.pace.leaseTtlMs);
  const outcome = await acquireLease(database, context.sessionId, context.holder, context.pace.leaseTtlMs);
  if (!outcome.acquired) return { remainingMs: outcome.remainingMs };
  const { lease, replica, contested } = outcome;
  return { database, lease, replica, leaseUntil, contested };
};

/**
 * Connects, brings the schema up to date and takes the lease, for as long as it takes while another process holds it.
 *
 * @throws the signal's reason
 */
export const claimLease = async (options: ClaimOptions): Promise<ClaimOutcome> => {
  const { context, patienceMs, signal, onAttempt } = options;
  const { clock, pace, random, log } = context;
  let othersSeen = false;
  let askedMs = -Infinity;
  let failures = 0;
  let lastContactMs = clock.monotonic();
  for (;;) {
    signal.throwIfAborted();
    try {
      const mayLook = clock.monotonic() - askedMs < ASK_EVERY_MS;
      let outcome: Claim | Held | undefined = mayLook ? await lookOn(options) : undefined;
      if (outcome === undefined) {
        outcome = await attempt(options);
        askedMs = clock.monotonic();
      }
      if ("lease" in outcome) return { status: "claimed", ...outcome };
      if (!othersSeen) log.info("Another process holds the lease; standing by.", { remainingMs: outcome.remainingMs });
      othersSeen = true;
      failures = 0;
      lastContactMs = clock.monotonic();
      onAttempt("heldByAnother");
      await delay(clock, Math.min(pace.standbyPollMs, outcome.remainingMs + 1), signal);
    } catch (error) {
      signal.throwIfAborted();
      const waitedMs = clock.monotonic() - lastContactMs;
      const hopeless = patienceMs !== Infinity && !isRetryable(error);
      if (hopeless || waitedMs >= patienceMs) return { status: othersSeen ? "lostSight" : "unreachable", error };
      if (failures === 0)
        log.warn(`The database cannot be used: ${describeError(describeDatabaseError(error))}`, { error });
      onAttempt("unreachable", error);
      const backOff = isRetryable(error) ? pace.backOff : { ...pace.backOff, maxMs: SLOWEST_MS };
      // The bot's socket lives no longer than the lease that it was told of: a longer pause than need be may cost it.
      const pauseMs = backOffDelayMs(backOff, failures, random());
      await delay(clock, Math.min(pauseMs, patienceMs - waitedMs), signal);
      failures += 1;
    }
  }
};
