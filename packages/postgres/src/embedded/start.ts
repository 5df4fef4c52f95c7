import { BlackskyError } from "@blacksky/errors";
import { delay, systemClock } from "@blacksky/machine";
import type { Clock } from "@blacksky/machine";

import { locateBinaries } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";
import { locateCluster } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { connectionStringOf } from "./connection-string.ts";
import { ensureCluster, programError } from "./initialise.ts";
import { endPostmaster, waitForEnd } from "./postmaster-end.ts";
import { livePostmaster, removeStalePostmasterFile } from "./postmaster-file.ts";
import { findFreePort, isAnswering, startPostmaster } from "./postmaster.ts";
import type { Settings, StartedPostmaster } from "./postmaster.ts";
import { reachableBinaries } from "./shared-binaries.ts";

export interface EmbeddedPostgresOptions {
  /** The bot's DATA_DIR; the cluster lives in `postgres` under it, or is pointed to from there. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** More or other settings of the server. */
  readonly settings?: Settings;
  /** Told what is done, in one sentence each. */
  readonly log: (sentence: string) => void;
  readonly clock?: Clock;
}

/** A PostgreSQL of our own on 127.0.0.1. It outlives this process unless stopped, and is adopted by the next. */
export interface EmbeddedPostgres {
  /** With a generated password: as secret as the data. */
  readonly connectionString: string;
  readonly pid: number;
  readonly port: number;
  /** False once the server has ended, by `stop` or by itself. */
  isRunning(): boolean;
  /** Orderly shutdown; resolves when the server is gone. Twice is once. */
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 60_000;
// After a kill -9 the remains of the old server (its children, its shared memory) take a moment to go.
const REMAINS_MS = 15_000;
const RETRY_MS = 250;
const REMAINS = /pre-existing shared memory|lock file .* already exists|data directory .* in use/i;
const PORT_TAKEN = /could not bind|address already in use|could not create any TCP\/IP sockets/i;

const adopt = async (cluster: Cluster, clock: Clock): Promise<StartedPostmaster | undefined> => {
  const found = livePostmaster(cluster.path);
  if (found === undefined) return undefined;
  for (let waitedMs = 0; waitedMs < REMAINS_MS; waitedMs += RETRY_MS) {
    const now = livePostmaster(cluster.path);
    if (now === undefined) return undefined;
    if (now.status === "ready" && (await isAnswering(now.port))) {
      return { ...now, exited: () => livePostmaster(cluster.path)?.pid !== now.pid };
    }
    // It is being shut down by the process before us, was killed this moment, or is still on its way up.
    await waitForEnd(now.pid, RETRY_MS, clock);
  }
  await endPostmaster(found.pid, clock);
  return undefined;
};

const startWithRetries = async (
  binaries: Binaries,
  cluster: Cluster,
  options: EmbeddedPostgresOptions,
  clock: Clock,
): Promise<StartedPostmaster> => {
  const startMs = clock.now();
  for (;;) {
    removeStalePostmasterFile(cluster.path);
    const port = options.port ?? (await findFreePort());
    const settings = options.settings ?? {};
    const outcome = await startPostmaster(binaries, cluster, port, settings, startMs + START_DEADLINE_MS, clock);
    if (!("failure" in outcome)) return outcome;
    const { failure } = outcome;
    const passing = REMAINS.test(failure) || (PORT_TAKEN.test(failure) && options.port === undefined);
    if (PORT_TAKEN.test(failure) && options.port !== undefined) {
      throw new BlackskyError("postgres.port", `Port ${options.port} of 127.0.0.1 is taken.`, {
        hint: "Let a free one be chosen, or stop what listens there.",
      });
    }
    if (!passing || clock.now() - startMs > REMAINS_MS) throw programError("PostgreSQL could not start", failure);
    options.log("The remains of an earlier embedded PostgreSQL are still going; trying again.");
    await delay(clock, RETRY_MS);
  }
};

/**
 * Starts, or takes over, the embedded PostgreSQL of a DATA_DIR. The first start makes the cluster (1–2 s), later ones
 * take some 50 ms, also after a kill -9 of it or of everything.
 *
 * @throws BlackskyError `postgres.*` with a remedy
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const clock = options.clock ?? systemClock;
  const installed = locateBinaries();
  if (installed === undefined) {
    throw new BlackskyError(
      "postgres.notInstalled",
      `No embedded PostgreSQL is installed for ${process.platform}-${process.arch}.`,
      { hint: "Set DATABASE_URL to a PostgreSQL that runs already, or install with the development dependencies." },
    );
  }
  const cluster = await locateCluster(options.dataDir);
  const adopted = await adopt(cluster, clock);
  if (adopted !== undefined) options.log("Took over the embedded PostgreSQL that was still running.");
  const binaries = reachableBinaries(installed, cluster.account);
  if (adopted === undefined) await ensureCluster(binaries, cluster, options.settings?.["fsync"] !== "off");
  const server = adopted ?? (await startWithRetries(binaries, cluster, options, clock));
  const { pid, port } = server;
  let stopping: Promise<void> | undefined;
  return {
    connectionString: connectionStringOf(cluster, port),
    pid,
    port,
    isRunning: () => !server.exited(),
    stop: () => (stopping ??= server.exited() ? Promise.resolve() : endPostmaster(pid, clock)),
  };
};
