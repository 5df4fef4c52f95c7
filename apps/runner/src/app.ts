import type { Env, EnvSource } from "@blacksky/config";
import { EXIT, type ExitCode } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import type { Clock, Random } from "@blacksky/machine";
import { control, type Health } from "@blacksky/protocol";
import type { Supervisor } from "@blacksky/supervisor";
import { collectGarbage } from "@blacksky/supervisor/worker";
import { createAlertDesk, type AlertDesk } from "./alerts/alert-desk.ts";
import { randomUUID } from "node:crypto";
import type { WorkerId } from "./children.ts";
import { adminTokenPath, loadAdminToken } from "./data-dir/admin-token.ts";
import { lockDataDir, type DataDirLock } from "./data-dir/lock.ts";
import { describeHealth } from "./health/describe-health.ts";
import { createNews, type News } from "./health/news.ts";
import { openHttp, type Http } from "./http/open-http.ts";
import type { HttpSources } from "./http/sources.ts";
import { detectQuotaMb } from "./memory/quota.ts";
import { startMemorySampler, type MemorySampler } from "./memory/sampler.ts";
import { createMemoryGovernor, type MemoryGovernor } from "./memory/govern-memory.ts";
import { DEFAULT_GOVERNOR } from "./memory/governor/settings.ts";
import { createNoticeTeller, type NoticeTeller } from "./notices/notice-teller.ts";
import { measureRecords } from "./routing/measure-records.ts";
import { createNotificationDesk } from "./routing/notification-desk.ts";
import { createConnectionActions } from "./routing/connection-actions.ts";
import { createPairingVisits } from "./routing/pairing-visits.ts";
import type { FindChannel } from "./routing/route-messages.ts";
import { createSessionActions } from "./routing/session-actions.ts";
import { createWorkers, processesOf, restartWorkers } from "./workers.ts";

export interface RunnerOptions {
  readonly env: Env;
  /** The raw environment; each worker gets its slice. `DATA_DIR` is absolute. */
  readonly source: EnvSource;
  readonly version: string;
  readonly scriptOf: (id: WorkerId) => string;
  /** Megabytes that the platform's own variables grant, if it has any. */
  readonly platformMemoryMb: number | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** Rolls in [0, 1) for delays. */
  readonly random: Random;
}

/** The running product. */
export interface Runner {
  readonly ports: Http["ports"];
  /** Stops everything in reverse order; a second call joins the first. */
  stop(reason: string): Promise<void>;
  /** Resolves with the code to exit with, once everything has stopped. */
  readonly ended: Promise<ExitCode>;
}

/** Parts of one runner, in the order in which they come up. */
interface Parts {
  alertDesk?: AlertDesk;
  adminToken: string | undefined;
  lock?: DataDirLock;
  supervisor?: Supervisor;
  memory?: MemorySampler;
  governor?: MemoryGovernor;
  draining: boolean;
}

/** For the last alert before the process ends; a platform that restarts it loses no time by it. */
const LAST_ALERT_MS = 3_000;

const createHealthReader = (options: RunnerOptions, parts: Parts, news: News, quotaMb: number): (() => Health) => {
  const { env, clock } = options;
  const startedAt = clock.now();
  return () =>
    describeHealth({
      now: clock.now(),
      startedAt,
      version: options.version,
      sessionId: env.SESSION_ID,
      news,
      children: parts.supervisor?.children() ?? [],
      memory: {
        quotaMb,
        usage: parts.memory?.usage ?? [],
        level: parts.governor?.level ?? "normal",
        forecast: parts.governor?.forecast ?? null,
        optimizationEnabled: env.ENABLE_MEMORY_OPTIMIZATION,
      },
    });
};

interface Told {
  readonly news: News;
  readonly instance: string;
  readonly readHealth: () => Health;
}

/** What the web ports show and do. */
const createHttpSources = (
  { env, clock }: RunnerOptions,
  parts: Parts,
  { news, instance, readHealth }: Told,
): HttpSources => {
  const find: FindChannel = (id) => parts.supervisor?.channel(id);
  return {
    health: readHealth,
    instance,
    recordSizes: () => measureRecords(parts.supervisor?.channel("backup")),
    pairing: () => news.pairing,
    pairingVisited: createPairingVisits(clock, find),
    news: () => news,
    draining: () => parts.draining,
    adminToken: () => parts.adminToken,
    now: () => clock.now(),
    notifications: createNotificationDesk({
      sessionId: env.SESSION_ID,
      find,
      news,
      isDraining: () => parts.draining,
      replicated: env.INBOX_DURABILITY === "replicated",
      clock,
    }),
    ...createSessionActions(find),
    ...createConnectionActions({
      find,
      news,
      isDraining: () => parts.draining,
      now: () => clock.now(),
      restart: (scope, reason) => restartWorkers(parts.supervisor, scope, reason),
    }),
  };
};

/** Who is governed, and by what is told. */
interface Governed {
  readonly supervisor: Supervisor;
  readonly news: News;
  readonly noticeTeller: NoticeTeller;
  readonly quotaMb: number;
}

const governTree = (
  { env, log, clock }: RunnerOptions,
  { supervisor, news, noticeTeller, quotaMb }: Governed,
): MemoryGovernor =>
  createMemoryGovernor({
    settings: {
      ...DEFAULT_GOVERNOR,
      quotaMb,
      isEnabled: env.ENABLE_MEMORY_OPTIMIZATION,
      cleanupPercent: env.MEMORY_CLEANUP_THRESHOLD,
      emergencyPercent: env.MEMORY_EMERGENCY_THRESHOLD,
    },
    hands: {
      trim() {
        for (const { id } of supervisor.children()) supervisor.channel(id)?.emit(control.trimRequested, {});
        collectGarbage();
      },
      recycle: (worker, reason) => supervisor.recycle(worker, reason),
      restart: (reason) => supervisor.restart(reason),
      tell: (notice) => noticeTeller.tell(notice),
      heapPercent(worker) {
        const heap = news.heaps.get(worker);
        return heap === undefined ? null : (heap.usedBytes / heap.limitBytes) * 100;
      },
      isBusy: () => news.queue.pending > 0,
    },
    clock,
    log: log.child({ subsystem: "memory" }),
  });

const takeFolder = async ({ env, log, clock }: RunnerOptions, parts: Parts): Promise<void> => {
  parts.lock = await lockDataDir({ dataDir: env.DATA_DIR, clock, log });
  if (parts.adminToken !== undefined) return;
  parts.adminToken = loadAdminToken(env.DATA_DIR);
  log.info(`ADMIN_TOKEN is not set; the one generated for this folder is in ${adminTokenPath(env.DATA_DIR)}.`);
};

/**
 * Brings up the whole tree: the web ports first, because a platform counts from the start of the process, then the
 * folder's lock, then the workers.
 *
 * @throws BlackskyError `runner.port`, `runner.dataDir`, `runner.locked`; what was opened is closed again
 */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const { env, log, clock, random } = options;
  const parts: Parts = { adminToken: env.ADMIN_TOKEN, draining: false };
  const news = createNews();
  const instance = randomUUID();
  const quotaMb = detectQuotaMb({ configuredMb: env.MAX_MEMORY_MB, platformMb: options.platformMemoryMb });
  const readHealth = createHealthReader(options, parts, news, quotaMb);

  const http = await openHttp(env, createHttpSources(options, parts, { news, instance, readHealth }));
  log.info("Listening.", { port: http.ports.public, health_check_port: http.ports.monitors });
  try {
    await takeFolder(options, parts);
  } catch (error) {
    await http.close();
    throw error;
  }

  const { ALERT_WEBHOOK_URL: urls, DATA_DIR: dataDir } = env;
  const noticeTeller = createNoticeTeller();
  const alertDesk = createAlertDesk({ urls, dataDir, bot: env.SESSION_ID, owner: noticeTeller, clock, random, log });
  parts.alertDesk = alertDesk;
  const supervisor = createWorkers({
    scriptOf: options.scriptOf,
    source: options.source,
    quotaMb,
    news,
    readHealth,
    instance,
    onPids(pids) {
      parts.lock?.recordChildren(pids);
      parts.memory?.lookSoon();
    },
    alertDesk,
    noticeTeller,
    expectsDatabase: env.DATABASE_URL !== undefined,
    log: log.child({ subsystem: "supervisor" }),
    clock,
  });
  parts.supervisor = supervisor;
  const governor = governTree(options, { supervisor, news, noticeTeller, quotaMb });
  parts.governor = governor;
  parts.memory = startMemorySampler({
    clock,
    intervalMs: env.MEMORY_CHECK_INTERVAL,
    processes: () => [{ id: "runner", pid: process.pid }, ...processesOf(supervisor.children())],
    onSample: (usage) => governor.see(usage),
  });
  supervisor.start();
  return superviseUntilEnd(parts, http, supervisor, log);
};

const superviseUntilEnd = (parts: Parts, http: Http, supervisor: Supervisor, log: Logger): Runner => {
  const finish = async (): Promise<ExitCode> => {
    const end = await supervisor.ended;
    parts.draining = true;
    parts.memory?.stop();
    if (end.reason === "escalated") {
      const { child, exitCode, why } = end;
      log.error(`Giving up: ${why}`, { child, exit_code: exitCode });
      const text = `The bot gives up and exits with code ${String(exitCode)}: ${why} The log says more.`;
      parts.alertDesk?.raise({ kind: "gave-up", text });
    }
    await Promise.all([http.close(), parts.alertDesk?.close(end.reason === "stopped" ? 0 : LAST_ALERT_MS)]);
    parts.lock?.release();
    return end.reason === "stopped" ? EXIT.ok : end.exitCode;
  };
  return {
    ports: http.ports,
    async stop(reason) {
      if (!parts.draining) log.info("Stopping.", { reason });
      parts.draining = true;
      const { unfinished, killed } = await supervisor.stop(reason);
      if (unfinished > 0 || killed.length > 0) log.warn("Not everything stopped in order.", { unfinished, killed });
    },
    ended: finish(),
  };
};
