import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { delay } from "@blacksky/machine";
import type { Clock } from "@blacksky/machine";

import { program } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";
import type { Cluster } from "./cluster.ts";
import { programError } from "./initialise.ts";
import { parsePostmasterFile } from "./postmaster-file.ts";

/** Settings given on the command line, so that a newer build's take effect on an older cluster. */
export type Settings = Readonly<Record<string, string>>;

// Measured: a tree of 14.5 MB instead of 26 MB (PSS). WAL is kept short because the disk is small, too.
const SETTINGS: Settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "16MB",
  max_connections: "20",
  jit: "off",
  autovacuum_max_workers: "1",
  max_worker_processes: "2",
  wal_buffers: "256kB",
  io_method: "sync",
  min_wal_size: "32MB",
  max_wal_size: "128MB",
  log_checkpoints: "off",
};

const POLL_MS = 20;
const MAX_LOG_BYTES = 1024 * 1024;

/** A started server: its pid, and whether it has ended meanwhile. */
export interface StartedPostmaster {
  readonly pid: number;
  readonly port: number;
  readonly exited: () => boolean;
}

/** What became of one attempt to start. */
export type StartOutcome = StartedPostmaster | { readonly failure: string };

/** A TCP port of 127.0.0.1 that nobody listens on at this moment. */
export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

// What a client asks first: "do you speak TLS?" Any answer will do.
const FIRST_QUESTION = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const ANSWER_MS = 5_000;

/**
 * Whether a PostgreSQL answers on a port of 127.0.0.1. What `postmaster.pid` says, and even the port, outlive a server
 * that was just killed by a moment.
 */
export const isAnswering = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const settle = (outcome: boolean): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(ANSWER_MS, () => settle(false));
    socket.once("connect", () => socket.write(FIRST_QUESTION));
    socket.once("data", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
  });

const openLog = (path: string): number => {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
};

const isReady = (cluster: Cluster, pid: number): boolean => {
  try {
    const file = parsePostmasterFile(readFileSync(join(cluster.path, "postmaster.pid"), "utf8"));
    return file?.pid === pid && file.status === "ready";
  } catch {
    return false;
  }
};

const launch = (binaries: Binaries, cluster: Cluster, settings: Settings, log: number): ReturnType<typeof spawn> => {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // In a session of its own: a Ctrl-C at the terminal, or a signal to our group, must not end it before the last flush.
  const child = spawn(program(binaries, "postgres"), ["-D", cluster.path, ...options], {
    cwd: "/",
    detached: true,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    stdio: ["ignore", log, log],
    ...(cluster.account === undefined ? {} : { uid: cluster.account.uid, gid: cluster.account.gid }),
  });
  child.unref();
  return child;
};

/**
 * Starts a server once and waits until it accepts connections, or has ended, or `deadlineMs` (on the clock) has come.
 *
 * @returns the server, or the end of what it wrote to its log
 */
export const startPostmaster = async (
  binaries: Binaries,
  cluster: Cluster,
  port: number,
  extra: Settings,
  deadlineMs: number,
  clock: Clock,
): Promise<StartOutcome> => {
  const log = openLog(cluster.logPath);
  const logStart = statSync(cluster.logPath).size;
  let failed: Error | undefined;
  let ended = false;
  const child = launch(binaries, cluster, { ...SETTINGS, ...extra, port: String(port) }, log);
  closeSync(log);
  child.once("error", (error) => (failed = error));
  child.once("exit", () => (ended = true));
  for (;;) {
    await delay(clock, POLL_MS);
    if (failed !== undefined) throw programError("PostgreSQL cannot be run", failed.message, failed);
    const { pid } = child;
    if (ended || pid === undefined) return { failure: readFileSync(cluster.logPath, "utf8").slice(logStart) };
    if (isReady(cluster, pid)) return { pid, port, exited: () => ended };
    if (clock.now() > deadlineMs) {
      child.kill("SIGKILL");
      return { failure: "It did not become ready in time." };
    }
  }
};
