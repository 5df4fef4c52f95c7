import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "@blacksky/machine";
import { identify, isAlive } from "@blacksky/supervisor";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminTokenPath, loadAdminToken } from "./admin-token.ts";
import { lockDataDir } from "./lock.ts";

let dataDir: string;
let children: ChildProcess[];
const warnings: string[] = [];
const log = { warn: (message: string): void => void warnings.push(message) };

const startSleeper = (): number => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  children.push(child);
  if (child.pid === undefined) throw new Error("no pid");
  return child.pid;
};

const killAndReap = async (pid: number): Promise<void> => {
  const child = children.find((candidate) => candidate.pid === pid);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
};

const lock = (orphanGraceMs = 200): ReturnType<typeof lockDataDir> =>
  lockDataDir({ dataDir, clock: systemClock, log, orphanGraceMs });

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "runner-lock-"));
  children = [];
  warnings.length = 0;
});

afterEach(async () => {
  for (const { pid } of children) if (pid !== undefined) await killAndReap(pid);
  rmSync(dataDir, { recursive: true, force: true });
});

describe("a process identity", () => {
  test("is alive while the process is, and not when another start has its pid", async () => {
    const pid = startSleeper();
    const identity = identify(pid);
    expect(isAlive(identity)).toBe(true);
    expect(isAlive({ pid, startTicks: 1 })).toBe(false);
    await killAndReap(pid);
    expect(isAlive(identity)).toBe(false);
  });
});

describe("the lock of DATA_DIR", () => {
  const writeStale = (runnerPid: number, orphans: readonly number[]): void => {
    const runner = { ...identify(runnerPid), startTicks: 1 };
    writeFileSync(join(dataDir, "runner.lock"), JSON.stringify({ runner, children: orphans.map(identify) }));
  };

  test("keeps a second runner out, with its pid and a remedy, until it is released", async () => {
    const first = await lock();
    await expect(lock()).rejects.toMatchObject({
      code: "runner.locked",
      message: expect.stringContaining(String(process.pid)),
    });
    first.release();
    (await lock()).release();
    expect(existsSync(join(dataDir, "runner.lock"))).toBe(false);
  });

  test("of a runner that died is taken over", async () => {
    writeStale(process.pid, []);
    (await lock()).release();
  });

  test("torn by a power loss is taken over", async () => {
    writeFileSync(join(dataDir, "runner.lock"), '{"runner":');
    (await lock()).release();
  });

  test("waits for the dead runner's workers, and kills the one that does not end", async () => {
    const orphan = startSleeper();
    writeStale(process.pid, [orphan]);
    const { release } = await lock();
    expect(isAlive(identify(orphan))).toBe(false);
    expect(warnings).toHaveLength(2);
    release();
  });

  test("names who works in the folder now", async () => {
    const pid = startSleeper();
    const held = await lock();
    held.recordChildren([pid]);
    expect(JSON.parse(readFileSync(join(dataDir, "runner.lock"), "utf8"))).toMatchObject({
      runner: { pid: process.pid },
      children: [{ pid }],
    });
    held.release();
  });

  test("says so when the folder cannot be made", async () => {
    writeFileSync(join(dataDir, "file"), "");
    const attempt = lockDataDir({ dataDir: join(dataDir, "file", "inside"), clock: systemClock, log });
    await expect(attempt).rejects.toMatchObject({ code: "runner.dataDir", hint: expect.stringContaining("DATA_DIR") });
  });
});

describe("the generated admin token", () => {
  test("stays the same in one folder and is for the owner's eyes only", () => {
    const token = loadAdminToken(dataDir);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(loadAdminToken(dataDir)).toBe(token);
    expect(statSync(adminTokenPath(dataDir)).mode & 0o777).toBe(0o600);
  });
});
