import { EventEmitter, once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";

import type { ExitCode } from "@blacksky/errors";
import { createChannel, linkPorts } from "@blacksky/ipc";
import type { Channel, IpcEndpoint, Port } from "@blacksky/ipc";
import { createLogger } from "@blacksky/logger";
import { seededRandom, systemClock } from "@blacksky/machine";
import type { Expiry } from "@blacksky/machine";
import { control, session } from "@blacksky/protocol";
import type { SnapshotList } from "@blacksky/protocol";
import { openStore, storePath } from "@blacksky/store";
import type { Store } from "@blacksky/store";

import { startBackup } from "../src/app.ts";
import type { Pace } from "../src/context.ts";
import type { SessionStatus } from "../src/session-status.ts";

/** Fast enough for tests, with the proportions of production. */
export const TEST_PACE: Partial<Pace> = {
  leaseTtlMs: 1_500,
  standbyPollMs: 50,
  followMs: 50,
  unreachableMs: 2_000,
  degradedAfterMs: 500,
  pollMs: 20,
  gatherMs: 10,
  rekeyAfterMs: 20,
  intakePollMs: 50,
  backOff: { initialMs: 20, maxMs: 200, factor: 2, jitter: 0.5 },
};

export interface WorkerSettings {
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly key?: string;
  readonly previousKey?: string;
  readonly host?: string;
  readonly pace?: Partial<Pace>;
  /** `ENABLE_SESSION_BACKUP`, `BACKUP_INTERVAL` and `BACKUP_RETENTION`. */
  readonly scheduled?: boolean;
  readonly intervalMinutes?: number;
  readonly retention?: number;
}

/** SQL for these bytes with one bit flipped, as a bad disk would: always other bytes, whatever was there. */
export const flipped = (column: "value" | "content"): string => `set_byte(${column}, 20, get_byte(${column}, 20) # 1)`;

/** A backup worker in this process, seen from its parent's end of the pipe. */
export interface TestWorker {
  readonly channel: Channel;
  readonly status: SessionStatus | undefined;
  readonly restartsRequested: string[];
  /** Resolves when it says that nobody may speak for the session any more. */
  leaseLost(): Promise<string>;
  /** Until when a socket may live all the same, as it said then. */
  readonly socketLostAfter: Expiry | undefined;
  /** What it logged, as text. */
  readonly logged: string;
  /** Resolves as soon as it has logged these words. */
  untilLogged(words: string): Promise<unknown>;
  /** Resolves when the bot may open the session; rejects when it ends instead. */
  ready(): Promise<void>;
  /** Resolves with its exit code. */
  exited(): Promise<ExitCode>;
  /** Resolves as soon as the status fulfils the condition. */
  until(condition: (status: SessionStatus) => boolean, what: string): Promise<SessionStatus>;
  shutDown(deadlineMs?: number): Promise<{ unfinished: number }>;
  flush(deadlineMs?: number): Promise<number>;
  /** Asks for a snapshot; resolves with its id. */
  snapshot(reason?: string): Promise<string>;
  /** Which snapshots there are. */
  snapshots(): Promise<SnapshotList>;
  /** Asks for a restore; resolves with the snapshot's position. */
  restore(id: string, force?: boolean): Promise<number>;
  /** The parent dies. */
  orphan(): void;
}

const DEADLINE_MS = 20_000;

const asEndpoint = (port: Port): IpcEndpoint => ({
  connected: true,
  send(message, callback) {
    port.send(message);
    callback(null);
    return true;
  },
  on: (_event, listener) => port.onMessage(listener),
  once: (_event, listener) => port.onClose(listener),
});

const withDeadline = async <T>(
  what: string,
  logged: () => string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const deadline = new AbortController();
  const timer = systemClock.startTimer(DEADLINE_MS, () => deadline.abort());
  try {
    return await work(deadline.signal);
  } catch (error) {
    throw deadline.signal.aborted ? new Error(`waited in vain until ${what}; it logged:\n${logged()}`) : error;
  } finally {
    timer.cancel();
  }
};

/** Starts a worker. */
export const startTestWorker = (settings: WorkerSettings): TestWorker => {
  const ports = linkPorts();
  const news = new EventEmitter();
  const lines: string[] = [];
  const restartsRequested: string[] = [];
  let status: SessionStatus | undefined;
  let exitCode: ExitCode | undefined;
  let isReady = false;
  let lost: string | undefined;
  let socketLostAfter: Expiry | undefined;

  const channel = createChannel({ port: ports.parent, onViolation: (error) => lines.push(error.message) });
  channel.on(session.statusChanged, (next) => {
    status = next;
    news.emit("news");
  });
  channel.on(control.ready, () => {
    isReady = true;
    news.emit("news");
  });
  channel.on(session.leaseLost, ({ reason, socketUntil }) => {
    lost = reason;
    socketLostAfter = socketUntil;
    news.emit("news");
  });
  channel.on(control.restartRequested, ({ scope }) => restartsRequested.push(scope));

  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      news.emit("news");
      done();
    },
  });
  const log = createLogger({ system: "backup", json: false, level: "info", secrets: [], stream });
  startBackup({
    env: {
      SESSION_ID: "BOT",
      DATA_DIR: settings.dataDir,
      DATABASE_URL: settings.databaseUrl,
      SESSION_ENCRYPTION_KEY: settings.key,
      SESSION_ENCRYPTION_KEY_PREVIOUS: settings.previousKey,
      ENABLE_SESSION_BACKUP: settings.scheduled ?? true,
      BACKUP_INTERVAL: settings.intervalMinutes ?? 30,
      BACKUP_RETENTION: settings.retention ?? 48,
      LEASE_TTL: 30_000,
    },
    endpoint: asEndpoint(ports.child),
    pid: process.pid,
    host: settings.host ?? "host",
    build: "test",
    log,
    clock: systemClock,
    random: seededRandom(1),
    exit(code) {
      exitCode = code;
      news.emit("news");
    },
    pace: { ...TEST_PACE, ...settings.pace },
    embeddedInstalled: false,
  });

  const logged = (): string => lines.join("");
  const when = async <T>(what: string, read: () => T | undefined): Promise<T> =>
    withDeadline(what, logged, async (signal) => {
      for (;;) {
        const value = read();
        if (value !== undefined) return value;
        await once(news, "news", { signal });
      }
    });
  return {
    channel,
    get status() {
      return status;
    },
    restartsRequested,
    get socketLostAfter() {
      return socketLostAfter;
    },
    get logged() {
      return logged();
    },
    untilLogged: (words) => when(`it logs "${words}"`, () => (logged().includes(words) ? true : undefined)),
    async ready() {
      const isOpen = (): boolean => isReady && status?.phase === "active";
      const outcome = await when("it is ready", () => (isOpen() ? "ready" : exitCode));
      if (outcome !== "ready") throw new Error(`it ended with ${outcome}; it logged:\n${logged()}`);
    },
    leaseLost: () => when("it loses the lease", () => lost),
    exited: () => when("it ends", () => exitCode),
    until: (condition, what) => when(what, () => (status !== undefined && condition(status) ? status : undefined)),
    shutDown: (deadlineMs = 8_000) => channel.request(control.shutdown, { deadlineMs }, { deadlineMs: DEADLINE_MS }),
    async flush(deadlineMs = 5_000) {
      const { position } = await channel.request(session.flush, { deadlineMs }, { deadlineMs: DEADLINE_MS });
      return position;
    },
    async snapshot(reason = "for the test") {
      const { id } = await channel.request(session.snapshot, { reason }, { deadlineMs: DEADLINE_MS });
      return id;
    },
    snapshots: () => channel.request(session.snapshots, {}, { deadlineMs: DEADLINE_MS }),
    async restore(id, force = true) {
      const { position } = await channel.request(session.restore, { id, force }, { deadlineMs: DEADLINE_MS });
      return position;
    },
    orphan: () => ports.disconnect(),
  };
};

/** A DATA_DIR of its own. */
export const makeDataDir = (): { readonly path: string; wipe(): void } => {
  const path = mkdtempSync(join(tmpdir(), "blacksky-backup-"));
  // As root an embedded server runs as another user, who must get in.
  chmodSync(path, 0o711);
  return { path, wipe: () => rmSync(path, { recursive: true, force: true }) };
};

/** The store as the bot opens it. */
export const openBotStore = (dataDir: string): Store => openStore({ path: storePath(dataDir, "BOT") });

/** Everything in a store, as text. */
export const dump = (store: Store): Record<string, string> =>
  Object.fromEntries(Array.from(store.entries(""), ({ key, value }) => [key, Buffer.from(value).toString()]));
