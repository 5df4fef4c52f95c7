import { BlackskyError, describeError } from "@blacksky/errors";
import { createNamedTimers } from "@blacksky/machine";
import { createSnapshotClient } from "@blacksky/postgres";
import type { SnapshotDescription } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import type { StatusBoard } from "../session-status.ts";
import { listSnapshotFiles } from "./snapshot-folder.ts";
import { BEFORE_RESTORE, SCHEDULED, takeSnapshot } from "./take-snapshot.ts";
import type { TakenSnapshot } from "./take-snapshot.ts";
import { createTurns } from "../turns.ts";

export interface SnapshotsOptions {
  readonly context: Context;
  readonly store: Store;
  readonly board: StatusBoard;
}

/** Takes snapshots of an open store, by the clock and on demand, one at a time. */
export interface Snapshots {
  /** From now on they go to PostgreSQL too, under this claim. */
  adopt(claim: Claim): void;
  /**
   * @param reason a few words, kept with it
   * @param spare the id of one that stays from now on, however many come after it: it is about to be restored
   * @throws what `takeSnapshot` throws, and `backup.stopped`
   */
  take(reason: string, spare?: string): Promise<TakenSnapshot>;
  /**
   * Runs `work` while no snapshot is taken or removed.
   *
   * @throws what `work` throws, and `backup.stopped`, which the signal has too
   */
  inTurn<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  /** Starts nothing more; resolves when the one under way has ended, which no longer reads the store then. */
  stop(): Promise<void>;
}

/** A session without any snapshot gets its first one soon. */
const FIRST_MS = 60_000;

// What a restore replaced says nothing of what is there now.
const newest = (snapshots: readonly SnapshotDescription[]): SnapshotDescription | undefined =>
  snapshots.filter(({ reason }) => reason !== BEFORE_RESTORE).toSorted((a, b) => b.createdAt - a.createdAt)[0];

const findNewest = async ({ sessionId, snapshots, source, log }: Context, claim: Claim | undefined) => {
  try {
    if (claim !== undefined) return newest(await createSnapshotClient(claim.database).list(sessionId));
    // What is on this disk alone does not count where there is a database to keep it.
    if (source !== undefined) return undefined;
    const files = await listSnapshotFiles(snapshots.folder);
    return newest(files.flatMap(({ description }) => description ?? []));
  } catch (error) {
    log.warn("The snapshots there are could not be listed.", { error });
    return undefined;
  }
};

/** Begins the schedule: every interval, unless nothing was written since the newest one. */
export const createSnapshots = ({ context, store, board }: SnapshotsOptions): Snapshots => {
  const { clock, log, source, snapshots } = context;
  const { intervalMs } = snapshots;
  const timers = createNamedTimers<"next">(clock);
  let claim: Claim | undefined;
  let spared: string | undefined;
  let last: Pick<SnapshotDescription, "position" | "createdAt"> | undefined;
  let planning: Promise<unknown> = Promise.resolve();
  const ending = new AbortController();
  const turns = createTurns(ending.signal);

  const remember = (taken: Pick<SnapshotDescription, "position" | "createdAt">): void => {
    last = taken;
    board.update({ lastSnapshotAt: taken.createdAt });
  };

  const takeNow = async (reason: string): Promise<TakenSnapshot> => {
    const begunMs = clock.monotonic();
    const taken = await takeSnapshot(context, store, claim, reason, { signal: ending.signal, spared });
    const { description, database, error } = taken;
    const { id, position, recordCount: records, bytes } = description;
    if (database === "written" || source === undefined) remember(description);
    else log.warn("A snapshot is on this disk only; the database did not take it.", { id, error });
    const ms = clock.monotonic() - begunMs;
    log.info("Took a snapshot of the session.", { id, reason, position, records, bytes, ms });
    return taken;
  };

  const take = (reason: string, spare = spared): Promise<TakenSnapshot> => {
    spared = spare;
    return turns.take(() => takeNow(reason));
  };

  const isUnchanged = (): boolean => store.position === 0 || store.position === last?.position;

  const plan = (): void => void (planning = tick());

  const tick = async (): Promise<void> => {
    try {
      if (!isUnchanged()) await take(SCHEDULED);
    } catch (error) {
      if (!ending.signal.aborted) log.error(`No snapshot could be taken. ${describeError(error)}`, { error });
    }
    schedule(intervalMs);
  };

  const schedule = (delayMs: number): void => {
    if (snapshots.enabled && !ending.signal.aborted) timers.start("next", delayMs, plan);
  };

  const begin = async (): Promise<void> => {
    const found = await findNewest(context, claim);
    if (found !== undefined && last === undefined) remember(found);
    const soonMs = Math.min(intervalMs, FIRST_MS);
    const dueMs = last === undefined ? soonMs : last.createdAt + intervalMs - clock.now();
    schedule(Math.min(intervalMs, Math.max(soonMs, dueMs)));
  };

  if (source === undefined) planning = begin();
  else schedule(intervalMs);

  return {
    adopt(next) {
      claim = next;
      planning = begin();
    },
    take,
    inTurn: (work) => turns.take(work),
    async settled() {
      await planning;
      await turns.settled();
    },
    async stop() {
      ending.abort(new BlackskyError("backup.stopped", "No snapshots are taken any more."));
      timers.cancelAll();
      await turns.settled();
    },
  };
};
