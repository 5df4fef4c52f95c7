import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "@blacksky/machine";
import { afterEach, describe, expect, test } from "@jest/globals";

import { chooseAccount } from "../src/embedded/account.ts";
import { locateBinaries } from "../src/embedded/binaries.ts";
import { waitForEnd } from "../src/embedded/postmaster-end.ts";
import { reachableBinaries } from "../src/embedded/shared-binaries.ts";
import { embeddedPostgresInstalled, openDatabase, startEmbeddedPostgres } from "../src/index.ts";
import type { EmbeddedPostgres } from "../src/index.ts";

const isRoot = process.getuid?.() === 0;
const folders: string[] = [];
const servers: EmbeddedPostgres[] = [];

const makeFolder = (mode: number): string => {
  const folder = mkdtempSync(join(tmpdir(), "blacksky-test-"));
  folders.push(folder);
  chmodSync(folder, mode);
  return folder;
};

const start = async (dataDir: string, port?: number): Promise<EmbeddedPostgres> => {
  // Processes die here, not machines.
  const options = { dataDir, settings: { fsync: "off" }, log: () => undefined };
  const server = await startEmbeddedPostgres(port === undefined ? options : { ...options, port });
  servers.push(server);
  return server;
};

const query = async <Row>(server: EmbeddedPostgres, sql: string): Promise<Row[]> => {
  const { connectionString } = server;
  const database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
  try {
    return await database.rows<Row>(sql);
  } finally {
    await database.close();
  }
};

const writeMark = (server: EmbeddedPostgres): Promise<unknown> => query(server, "create table mark as select 42 as n");
const readMark = (server: EmbeddedPostgres): Promise<unknown> => query(server, "select n from mark");

const kill9 = async (pid: number, target = pid): Promise<void> => {
  process.kill(target, "SIGKILL");
  await waitForEnd(pid, 10_000, systemClock);
};

const pointer = (dataDir: string): string => readFileSync(join(dataDir, "postgres", "relocated-to"), "utf8").trim();

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) {
    const moved = join(folder, "postgres", "relocated-to");
    if (existsSync(moved)) rmSync(readFileSync(moved, "utf8").trim(), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("the embedded PostgreSQL", () => {
  test("is installed here", () => {
    expect(embeddedPostgresInstalled()).toBe(true);
  });

  test("keeps its data over an orderly stop, and is gone in between", async () => {
    const dataDir = makeFolder(0o711);
    const first = await start(dataDir);
    await writeMark(first);
    await first.stop();
    expect(first.isRunning()).toBe(false);
    expect(() => process.kill(first.pid, 0)).toThrow("ESRCH");
    expect(await readMark(await start(dataDir))).toEqual([{ n: 42 }]);
  });

  test("is taken over while it still runs, as after a kill -9 of its worker", async () => {
    const dataDir = makeFolder(0o711);
    const first = await start(dataDir);
    const second = await start(dataDir);
    expect({ pid: second.pid, port: second.port }).toEqual({ pid: first.pid, port: first.port });
    await second.stop();
    expect(first.isRunning()).toBe(false);
  });

  test("comes back after a kill -9 of its postmaster", async () => {
    const dataDir = makeFolder(0o711);
    const first = await start(dataDir);
    await writeMark(first);
    await kill9(first.pid);
    expect(first.isRunning()).toBe(false);
    expect(await readMark(await start(dataDir))).toEqual([{ n: 42 }]);
  });

  test("is not taken over in the moment of its death", async () => {
    const dataDir = makeFolder(0o711);
    const first = await start(dataDir);
    process.kill(first.pid, "SIGKILL");
    const second = await start(dataDir);
    expect(second.pid).not.toBe(first.pid);
    expect(second.isRunning()).toBe(true);
  });

  test("comes back after a kill -9 of all its processes", async () => {
    const dataDir = makeFolder(0o711);
    const first = await start(dataDir);
    await writeMark(first);
    await kill9(first.pid, -first.pid);
    expect(await readMark(await start(dataDir))).toEqual([{ n: 42 }]);
  });

  test("lives in a process group of its own, out of reach of signals to ours", async () => {
    const { pid } = await start(makeFolder(0o711));
    const { stdout } = spawnSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" });
    expect(Number(stdout)).toBe(pid);
  });

  test("starts although its old pid now belongs to another process", async () => {
    const dataDir = makeFolder(0o711);
    const first = await start(dataDir);
    await writeMark(first);
    const file = join(dataDir, "postgres", "cluster", "postmaster.pid");
    const lines = readFileSync(file, "utf8").split("\n");
    await kill9(first.pid);
    writeFileSync(file, [String(process.pid), ...lines.slice(1)].join("\n"));
    expect(await readMark(await start(dataDir))).toEqual([{ n: 42 }]);
  });

  test("lets nobody in without its password", async () => {
    const dataDir = makeFolder(0o711);
    const server = await start(dataDir);
    const connectionString = server.connectionString.replace(/:[0-9a-f]+@/, ":guess@");
    const database = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
    await expect(database.rows("select 1")).rejects.toMatchObject({ code: "database.auth" });
    await database.close();
    expect(statSync(join(dataDir, "postgres", "password")).mode & 0o777).toBe(0o600);
  });

  test("says so when the port it was given is taken", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(start(makeFolder(0o711), port)).rejects.toMatchObject({ code: "postgres.port" });
    blocker.close();
  });

  test("refuses a cluster of another major version", async () => {
    const dataDir = makeFolder(0o711);
    await (await start(dataDir)).stop();
    writeFileSync(join(dataDir, "postgres", "cluster", "PG_VERSION"), "9\n");
    await expect(start(dataDir)).rejects.toMatchObject({ code: "postgres.version" });
  });
});

const asRoot = isRoot ? describe : describe.skip;

asRoot("under root, in a folder that only root may enter", () => {
  test("it keeps its data elsewhere, in a private folder that DATA_DIR points to", async () => {
    const dataDir = makeFolder(0o700);
    const first = await start(dataDir);
    await writeMark(first);
    const stats = statSync(pointer(dataDir));
    expect({ mode: stats.mode & 0o777, uid: stats.uid }).toEqual({ mode: 0o700, uid: chooseAccount("/none", 0)?.uid });
    await first.stop();
    expect(await readMark(await start(dataDir))).toEqual([{ n: 42 }]);
  });

  test("a wiped DATA_DIR begins with an empty cluster, and the old one is removed", async () => {
    const dataDir = makeFolder(0o700);
    const first = await start(dataDir);
    await writeMark(first);
    const before = pointer(dataDir);
    rmSync(join(dataDir, "postgres"), { recursive: true });
    const second = await start(dataDir);
    await expect(readMark(second)).rejects.toMatchObject({ code: "database.noTables" });
    expect(existsSync(before)).toBe(false);
    expect(pointer(dataDir)).not.toBe(before);
    expect(first.isRunning()).toBe(false);
  });

  test("what a temporary DATA_DIR has left behind is removed by the next one", async () => {
    const dataDir = makeFolder(0o700);
    const first = await start(dataDir);
    const left = pointer(dataDir);
    rmSync(dataDir, { recursive: true });
    await start(makeFolder(0o700));
    expect(existsSync(left)).toBe(false);
    expect(first.isRunning()).toBe(false);
  });

  test("binaries that its user cannot reach are copied once to where it can", () => {
    const installed = locateBinaries();
    const account = chooseAccount("/none", 0);
    if (installed === undefined || account === undefined) throw new Error("no binaries or no account");
    const hidden = makeFolder(0o700);
    spawnSync("cp", ["-r", installed.native, join(hidden, "native")]);
    const shared = makeFolder(0o755);
    const binaries = { ...installed, native: join(hidden, "native") };
    const copied = reachableBinaries(binaries, account, shared);
    expect(copied.native.startsWith(shared)).toBe(true);
    const { stdout } = spawnSync(join(copied.native, "bin", "postgres"), ["--version"], {
      uid: account.uid,
      gid: account.gid,
      cwd: "/",
      encoding: "utf8",
    });
    expect(stdout).toContain("PostgreSQL");
    expect(reachableBinaries(binaries, account, shared)).toEqual(copied);
    expect(readdirSync(shared)).toHaveLength(1);
  });
});
