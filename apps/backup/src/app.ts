import type { Env } from "@blacksky/config";
import { describeError, errorCode, EXIT } from "@blacksky/errors";
import type { ExitCode } from "@blacksky/errors";
import type { IpcEndpoint } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import { LONG_OVER } from "@blacksky/machine";
import type { Clock, Expiry, Random } from "@blacksky/machine";
import { control, outbox, session } from "@blacksky/protocol";
import { storePath } from "@blacksky/store";
import { startWorker } from "@blacksky/supervisor/worker";

import { createActiveSession } from "./active-session.ts";
import type { ActiveSession } from "./active-session.ts";
import { PACE } from "./context.ts";
import type { Context, Pace } from "./context.ts";
import { leaseHolder } from "./data-dir.ts";
import { chooseDatabase } from "./database-source.ts";
import { notReadyError, exitCodeOf } from "./endings.ts";
import { answerIntakeRequests, createIntakeDesk } from "./intake/intake-desk.ts";
import type { IntakeDesk } from "./intake/intake-desk.ts";
import { openSession } from "./open-session.ts";
import { createSealOf } from "./seal/seal.ts";
import { answerSessionRequests } from "./session-requests.ts";
import { createStatusBoard } from "./session-status.ts";
import { snapshotFolder } from "./snapshot/snapshot-folder.ts";
import { within } from "./within.ts";

export interface BackupOptions {
  readonly env: Pick<
    Env,
    | "SESSION_ID"
    | "DATA_DIR"
    | "DATABASE_URL"
    | "SESSION_ENCRYPTION_KEY"
    | "SESSION_ENCRYPTION_KEY_PREVIOUS"
    | "LEASE_TTL"
    | "ENABLE_SESSION_BACKUP"
    | "BACKUP_INTERVAL"
    | "BACKUP_RETENTION"
  >;
  /** `process` in production. */
  readonly endpoint: IpcEndpoint;
  readonly pid: number;
  readonly host: string;
  readonly build: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly exit: (code: ExitCode) => void;
  /** Other times than production's, for tests. */
  readonly pace?: Partial<Pace>;
  /** Whether an embedded PostgreSQL may be used without DATABASE_URL; by default where one is installed. */
  readonly embeddedInstalled?: boolean;
}

const CLOSE_DATABASE_MS = 4_000;
/** The bot commits within some milliseconds; one that takes longer hangs or is on its way down. */
const ENQUEUE = { deadlineMs: 4_000 };

const createContext = ({ env, log, clock, random, host, pace, ...options }: BackupOptions): Context => {
  const { SESSION_ID: sessionId, DATA_DIR: dataDir, SESSION_ENCRYPTION_KEY: secret, DATABASE_URL: url } = env;
  if (secret === undefined) {
    log.warn(
      "The replicated session is NOT encrypted: whoever reads the database can be this bot. Set SESSION_ENCRYPTION_KEY.",
    );
  }
  const keys = { secret, previous: env.SESSION_ENCRYPTION_KEY_PREVIOUS };
  const { embeddedInstalled } = options;
  return {
    sessionId,
    storePath: storePath(dataDir, sessionId),
    holder: leaseHolder(dataDir, host),
    seal: createSealOf(sessionId, keys, "replica record"),
    source: chooseDatabase({
      url,
      dataDir,
      log,
      clock,
      ...(embeddedInstalled === undefined ? {} : { embeddedInstalled }),
    }),
    snapshots: {
      enabled: env.ENABLE_SESSION_BACKUP,
      intervalMs: env.BACKUP_INTERVAL * 60_000,
      retention: env.BACKUP_RETENTION,
      folder: snapshotFolder(dataDir, sessionId),
      seal: createSealOf(sessionId, keys, "snapshot chunk"),
    },
    pace: { ...PACE, leaseTtlMs: env.LEASE_TTL, ...pace },
    clock,
    random,
    log,
  };
};

/** The backup worker: opens the session, which may mean to stand by first, and replicates until it is told to end. */
export const startBackup = (options: BackupOptions): void => {
  const { log, clock } = options;
  const starting = new AbortController();
  let context: Context | undefined;
  let intake: IntakeDesk | undefined;
  let active: ActiveSession | undefined;
  let opening: Promise<void> = Promise.resolve();

  const shutDown = async (deadlineMs: number, ordered: boolean): Promise<{ unfinished: number }> => {
    const endMs = clock.monotonic() + deadlineMs;
    const remainingMs = (): number => Math.max(0, endMs - clock.monotonic());
    starting.abort(notReadyError());
    await within(clock, remainingMs(), opening);
    // Without the runner's order nobody has seen the bot end, and its socket outlives this process.
    const unfinished = (await active?.finish(Math.max(0, remainingMs() - 1_000), ordered)) ?? 0;
    // An embedded server that does not stop in time is adopted by the next start.
    if (context?.source !== undefined) {
      await within(clock, Math.min(remainingMs(), CLOSE_DATABASE_MS), context.source.close());
    }
    return { unfinished };
  };

  const worker = startWorker({ ...options, onShutdown: shutDown });
  const { channel } = worker;
  const board = createStatusBoard(clock, (status) => channel.emit(session.statusChanged, status));
  answerSessionRequests(channel, () => active);
  answerIntakeRequests(
    channel,
    () => intake,
    () => active,
  );

  let opened = false;
  const onLost = (why: string, socketUntil: Expiry): void => {
    if (starting.signal.aborted) return;
    log.error(`${why} Standing by, so that only one bot speaks for it.`);
    board.update({ phase: "standby" });
    if (opened) channel.emit(session.leaseLost, { reason: why, socketUntil });
    // Nobody waits for us to open it after a crash but ourselves.
    else void worker.end(EXIT.escalated);
  };
  let otherSeen = false;
  const onOtherHolds = (): void => {
    if (otherSeen) return;
    otherSeen = true;
    const reason = "Another process holds the lease on this session.";
    channel.emit(session.leaseLost, { reason, socketUntil: LONG_OVER });
    // The others may load their code meanwhile; the bot opens nothing before the session is available.
    worker.ready();
  };

  const open = async (): Promise<void> => {
    context = createContext(options);
    intake = createIntakeDesk(context);
    const prepared = await openSession(context, board, starting.signal, onOtherHolds);
    // A bot that outlived the worker before us still has the store that was put aside; where another held the lease, all
    // were stopped, and those that wait have nothing open.
    if (prepared.replaced && !otherSeen) {
      channel.emit(control.restartRequested, { scope: "bot", reason: "its session was restored" });
    }
    active = createActiveSession({
      context,
      prepared,
      board,
      enqueue: (id, notification) => channel.request(outbox.enqueue, { id, notification }, ENQUEUE),
      onLost,
    });
    if (starting.signal.aborted) return;
    board.update({ phase: "active" });
    opened = true;
    if (!otherSeen) worker.ready();
  };

  opening = open().catch((error: unknown) => {
    if (starting.signal.aborted) return;
    log.error(describeError(error), { error });
    // Not awaited: the end waits for the opening.
    void worker.end(exitCodeOf(errorCode(error)));
  });
};
