import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "@blacksky/machine";

import { openDatabase } from "../database.ts";
import { waitForEnd } from "../embedded/postmaster-end.ts";
import { startEmbeddedPostgres } from "../embedded/start.ts";
import type { EmbeddedPostgres } from "../embedded/start.ts";
import { copyTemplate, keepTemplate } from "./cluster-template.ts";

/** A real PostgreSQL for one test file, on a port that stays the same over its restarts. */
export interface TestServer {
  /** Of the server's first database. */
  readonly connectionString: string;
  readonly port: number;
  /** Pid of the server now. */
  readonly pid: number;
  /** Makes an empty database; resolves with its connection string. */
  createDatabase(): Promise<string>;
  /** Ends the server orderly, keeping its data: an outage. `start` ends the outage. */
  shutDown(): Promise<void>;
  /** Kills the server with SIGKILL, keeping its data. */
  kill9(): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes its data. For `afterAll`. */
  stop(): Promise<void>;
  /** What the server has logged, for a test that fails. */
  log(): string;
}

// Waits for the end of its input, which comes with the end of this process, however that comes.
const CLEANER = `
  read -r _
  pid=$(head -n 1 "$0/postgres/cluster/postmaster.pid" 2>/dev/null) && kill -INT "$pid" 2>/dev/null
  while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -rf "$0"`;

/** The server is in a session of its own: a test run that is killed would leave it, and its folder, behind for ever. */
const cleanUpWhenWeDie = (dataDir: string): void => {
  const cleaner = spawn("/bin/sh", ["-c", CLEANER, dataDir], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  cleaner.unref();
  const { stdin } = cleaner;
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
};

/** How a test's server differs from one in production. */
export interface TestServerOptions {
  /**
   * Whether a commit waits for the disk, as in production; false by default. Power loss is not what tests simulate, and the
   * disk is what makes them slow.
   */
  readonly waitsForDisk?: boolean;
}

/** Starts a server in a folder of its own (the first one 2 s, later ones 0.3 s), from the same binaries as `pnpm dev`. */
export const startTestServer = async ({ waitsForDisk = false }: TestServerOptions = {}): Promise<TestServer> => {
  const dataDir = mkdtempSync(join(tmpdir(), "blacksky-test-"));
  // As root the server runs as another user, who must get in.
  chmodSync(dataDir, 0o711);
  cleanUpWhenWeDie(dataDir);
  const settings = { fsync: waitsForDisk ? "on" : "off", max_connections: "50" };
  const launch = (samePort: { port?: number }): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir, ...samePort, settings, log: () => undefined });
  // The server chooses: a port that was free a moment ago may be another test's by now.
  const isCopy = await copyTemplate(dataDir);
  let server = await launch({});
  if (!isCopy) {
    await server.stop();
    await keepTemplate(dataDir);
    server = await launch({});
  }
  const { port } = server;
  let databases = 0;

  return {
    connectionString: server.connectionString,
    port,
    get pid() {
      return server.pid;
    },
    async createDatabase() {
      const name = `test_${++databases}`;
      const database = openDatabase({
        connectionString: server.connectionString,
        applicationName: "test-server",
        connectTimeoutMs: 10_000,
      });
      try {
        await database.run(`create database ${name}`);
      } finally {
        await database.close();
      }
      return server.connectionString.replace(/\/postgres$/, `/${name}`);
    },
    shutDown: () => server.stop(),
    async kill9() {
      process.kill(server.pid, "SIGKILL");
      await waitForEnd(server.pid, 10_000, systemClock);
    },
    async start() {
      server = await launch({ port });
    },
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    log: () => readFileSync(join(dataDir, "postgres", "postgres.log"), "utf8"),
  };
};
