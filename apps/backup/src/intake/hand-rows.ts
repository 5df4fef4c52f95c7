import { errorCode } from "@blacksky/errors";
import { createIntakeClient } from "@blacksky/postgres";
import type { LeftRow } from "@blacksky/postgres";
import type { Notification } from "@blacksky/protocol";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import type { LeasedReplication } from "../leased-replication.ts";
import { openNotification, UNREADABLE } from "./left-notification.ts";

/** Gives the bot a notification; resolves once it has committed it, or has known it before. Rejects with its refusal. */
export type Enqueue = (id: string, notification: Notification) => Promise<unknown>;

export interface HandRowsOptions {
  readonly context: Pick<Context, "sessionId" | "seal" | "clock" | "log">;
  readonly claim: Pick<Claim, "database" | "lease">;
  readonly replication: Pick<LeasedReplication, "flush">;
  readonly enqueue: Enqueue;
  /** Why one stays where it is for now. */
  readonly onTrouble: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const BATCH = 50;
const FLUSH_MS = 10_000;
/** One that is set aside is kept for whoever asks what became of it. */
const KEEP_ASIDE_MS = 30 * 86_400_000;
/** No bot is away for longer: what it has failed over all this time it will not take. */
const HOPELESS_MS = 86_400_000;

/** `skipped`: it failed by itself, and the next one may fare better; `notNow`: it would not. */
type Outcome = "taken" | "aside" | "skipped" | "notNow";

/** Of the way to the bot, or of its outbox as a whole: full, closed, not the holder's. */
const isEverybodys = (code: string): boolean => code.startsWith("ipc.") || code.startsWith("outbox.");

/** Hands row after row to the bot, in their order; what cannot be taken blocks nothing. */
const createHand = (options: HandRowsOptions): ((row: LeftRow) => Promise<Outcome>) => {
  const { context, claim, enqueue, onTrouble } = options;
  const { sessionId, seal, clock, log } = context;
  const client = createIntakeClient(claim.database);

  const setAside = async ({ id }: LeftRow, reason: string): Promise<Outcome> => {
    await client.setAside(claim.lease, id, reason);
    log.warn("A notification that was left in the database cannot be taken; it is set aside.", {
      notification_id: id,
      reason,
    });
    return "aside";
  };

  return async (row) => {
    const notification = openNotification(seal, sessionId, row);
    if (notification === undefined) return setAside(row, UNREADABLE);
    try {
      await enqueue(row.id, notification);
      return "taken";
    } catch (error) {
      const code = errorCode(error);
      if (code === "outbox.recipient") return setAside(row, code);
      onTrouble(error);
      if (isEverybodys(code)) return "notNow";
      return clock.now() - row.createdAt.getTime() > HOPELESS_MS ? setAside(row, code) : "skipped";
    }
  };
};

/**
 * Makes the function that hands everything over that waits, and resolves with whether the bot has all of it now.
 *
 * A row goes only when its notification is in the replica as well: the bot has committed it, and that position was flushed.
 * If the machine vanishes anywhere before that, the next holder finds the row and hands it over again, and an outbox that
 * has it already drops it. Removed after the bot's commit alone, it would be gone with this disk.
 */
export const createHandRows = (options: HandRowsOptions): (() => Promise<boolean>) => {
  const { context, claim, replication, signal } = options;
  const client = createIntakeClient(claim.database);
  const hand = createHand(options);
  let hasLookedThrough = false;

  const remove = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    await replication.flush(FLUSH_MS);
    await client.remove(claim.lease, ids);
    context.log.info("Notifications that were left in the database were handed to the bot.", { count: ids.length });
  };

  const handBatch = async (batch: readonly LeftRow[]): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    const taken: string[] = [];
    for (const row of batch) {
      if (signal.aborted || outcomes.at(-1) === "notNow") break;
      const outcome = await hand(row);
      outcomes.push(outcome);
      if (outcome === "taken") taken.push(row.id);
    }
    await remove(taken);
    return outcomes;
  };

  return async () => {
    // The holder before us may have lacked a key that we have.
    if (!hasLookedThrough) await client.lookThroughAside(claim.lease, UNREADABLE, KEEP_ASIDE_MS);
    hasLookedThrough = true;
    let isComplete = true;
    for (let after = 0; ;) {
      const batch = await client.list(context.sessionId, after, BATCH);
      const outcomes = await handBatch(batch);
      isComplete &&= outcomes.length === batch.length && outcomes.every((one) => one === "taken" || one === "aside");
      if (batch.length < BATCH || outcomes.length < batch.length || outcomes.at(-1) === "notNow") return isComplete;
      after = batch.at(-1)?.sequence ?? after;
    }
  };
};
