import type { Env, EnvSource } from "@blacksky/config";
import { EXIT, type ExitCode } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import { connection, control, health } from "@blacksky/protocol";
import { createSupervisor, DEFAULT_INTENSITY, type ChildView, type Supervisor } from "@blacksky/supervisor";
import { describeChildren, type WorkerId } from "./children.ts";
import { adminTokenPath, loadAdminToken } from "./data-dir/admin-token.ts";
import { lockDataDir, type DataDirLock } from "./data-dir/lock.ts";
import { describeHealth } from "./health/describe-health.ts";
import { createNews, forgetChild, listenForNews } from "./health/news.ts";
import { openHttp, type Http } from "./http/open-http.ts";
import { detectQuotaMb } from "./memory/quota.ts";
import { startMemorySampler, type MemorySampler } from "./memory/sampler.ts";
import { routeMessages } from "./routing/route-messages.ts";

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
}

/** The running product. */
export interface Runner {
  readonly ports: Http["ports"];
  /** Stops everything in reverse order; a second call joins the first. */
  stop(reason: string): Promise<void>;
  /** Resolves with the code to exit with, once everything has stopped. */
  readonly ended: Promise<ExitCode>;
}

/** Mutable parts of one runner, in the order in which they come up. */
interface Parts {
  http?: Http;
  lock?: DataDirLock;
  supervisor?: Supervisor;
  memory?: MemorySampler;
  draining: boolean;
}

/**
 * Brings up the whole tree: the web ports first, because a platform counts from the start of the process, then the
 * folder's lock, then the workers.
 *
 * @throws BlackskyError `runner.port`, `runner.dataDir`, `runner.locked`; what was opened is closed again
 */
export const startRunner = async (options: RunnerOptions): Promise<Runner> => {
  const { env, log, clock } = options;
  const parts: Parts = { draining: false };
  const news = createNews();
  const startedAt = clock.now();
  const quotaMb = detectQuotaMb({ configuredMb: env.MAX_MEMORY_MB, platformMb: options.platformMemoryMb });

  const children = (): readonly ChildView[] => parts.supervisor?.children() ?? [];
  const readHealth = (): ReturnType<typeof describeHealth> =>
    describeHealth({
      now: clock.now(),
      startedAt,
      version: options.version,
      sessionId: env.SESSION_ID,
      news,
      children: children(),
      memory: {
        quotaMb,
        usedMb: parts.memory?.usedMb ?? 0,
        cleanupThreshold: env.MEMORY_CLEANUP_THRESHOLD,
        emergencyThreshold: env.MEMORY_EMERGENCY_THRESHOLD,
        optimizationEnabled: env.ENABLE_MEMORY_OPTIMIZATION,
      },
    });

  let adminToken = env.ADMIN_TOKEN;
  parts.http = await openHttp(env, {
    health: readHealth,
    pairing: () => news.pairing,
    draining: () => parts.draining,
    adminToken: () => adminToken,
  });
  log.info("Listening.", { port: parts.http.ports.public, health_check_port: parts.http.ports.monitors });

  try {
    parts.lock = await lockDataDir({ dataDir: env.DATA_DIR, clock, log });
    adminToken ??= loadAdminToken(env.DATA_DIR);
  } catch (error) {
    await parts.http.close();
    throw error;
  }
  if (env.ADMIN_TOKEN === undefined) log.info(`The API's token is kept in ${adminTokenPath(env.DATA_DIR)}.`);

  const onChannel = (id: string, channel: Channel): void => {
    listenForNews(news, id, channel);
    routeMessages(id, channel, (other) => parts.supervisor?.channel(other));
    channel.handle(health.read, readHealth);
    channel.on(control.restartRequested, ({ scope, reason }) => {
      for (const child of scope === "all" ? ["keeper", "bot", "backup"] : [scope]) parts.supervisor?.recycle(child, reason);
    });
  };

  const alive = new Set<string>();
  const onChange = (views: readonly ChildView[]): void => {
    for (const { id, pid } of views) {
      if (pid !== null) alive.add(id);
      else if (alive.delete(id)) {
        forgetChild(news, id);
        if (id === "bot") parts.supervisor?.channel("keeper")?.emit(connection.executorLost, {});
      }
    }
    parts.lock?.recordChildren(views.flatMap(({ pid }) => (pid === null ? [] : [pid])));
  };

  parts.supervisor = createSupervisor({
    children: describeChildren(options.scriptOf, options.source),
    intensity: DEFAULT_INTENSITY,
    log: log.child({ subsystem: "supervisor" }),
    clock,
    onChannel,
    onChange,
  });
  parts.memory = startMemorySampler({
    clock,
    intervalMs: env.MEMORY_CHECK_INTERVAL,
    pids: () => [process.pid, ...children().flatMap(({ pid }) => (pid === null ? [] : [pid]))],
  });
  parts.supervisor.start();
  return superviseUntilEnd(parts, parts.http, parts.supervisor, log);
};

const superviseUntilEnd = (parts: Parts, http: Http, supervisor: Supervisor, log: Logger): Runner => {
  const finish = async (): Promise<ExitCode> => {
    const end = await supervisor.ended;
    parts.draining = true;
    parts.memory?.stop();
    await http.close();
    parts.lock?.release();
    if (end.reason === "stopped") return EXIT.ok;
    log.error(`Giving up: ${end.why}`, { child: end.child, exit_code: end.exitCode });
    return end.exitCode;
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
