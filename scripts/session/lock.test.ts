import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { identify } from "@blacksky/supervisor";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whileStopped } from "./lock.ts";

let dataDir: string;
const lockFile = (): string => join(dataDir, "runner.lock");
const me = identify(process.pid);
const dead = { pid: process.pid, startTicks: 1 };
const running = expect.objectContaining({ code: "session.running" });
const work = async (): Promise<string> => "done";

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "blacksky-lock-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe("a command that writes", () => {
  test("holds the folder as a runner would, and lets go of it, also when it fails", async () => {
    const held = await whileStopped(dataDir, async () => JSON.parse(readFileSync(lockFile(), "utf8")) as unknown);
    expect(held).toEqual({ runner: me, children: [] });
    await expect(whileStopped(dataDir, () => Promise.reject(new Error("disk")))).rejects.toThrow("disk");
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test.each([
    ["a runner lives in the folder", { runner: me, children: [] }],
    ["a worker of a dead runner still flushes", { runner: dead, children: [dead, me] }],
  ])("does nothing while %s", async (_, lock) => {
    writeFileSync(lockFile(), JSON.stringify(lock));
    await expect(whileStopped(dataDir, work)).rejects.toEqual(running);
    expect(JSON.parse(readFileSync(lockFile(), "utf8"))).toEqual(lock);
  });

  test.each([
    ["names only the dead", JSON.stringify({ runner: dead, children: [dead] })],
    ["is torn", '{"runner":{"pi'],
    ["is of nobody", "null"],
  ])("goes on when the lock %s", async (_, lock) => {
    writeFileSync(lockFile(), lock);
    await expect(whileStopped(dataDir, work)).resolves.toBe("done");
    expect(existsSync(lockFile())).toBe(false);
  });

  test("keeps a second one out", async () => {
    await whileStopped(dataDir, () => expect(whileStopped(dataDir, work)).rejects.toEqual(running));
  });
});
