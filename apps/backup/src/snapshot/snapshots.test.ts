import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";

import { createLogger } from "@blacksky/logger";
import { createFakeClock } from "@blacksky/machine";
import type { FakeClock } from "@blacksky/machine";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { PACE } from "../context.ts";
import { createSeal } from "../seal/seal.ts";
import { createStatusBoard } from "../session-status.ts";
import { createSnapshots } from "./snapshots.ts";
import type { Snapshots } from "./snapshots.ts";

const INTERVAL_MS = 30 * 60_000;

let directory: string;
let store: Store;
let clock: FakeClock;
const running: Snapshots[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "blacksky-schedule-"));
  store = openStore({ path: join(directory, "store") });
  clock = createFakeClock(1_700_000_000_000);
});
afterEach(async () => {
  for (const snapshots of running.splice(0)) await snapshots.stop();
  await store.close();
  rmSync(directory, { recursive: true });
});

const folder = (): string => join(directory, "backups");
const count = (): number => (existsSync(folder()) ? readdirSync(folder()).length : 0);
const write = (value: string): number => store.writeSync([{ key: "session/creds", value: Buffer.from(value) }]);

/** Without a database: files only. */
const begin = async (
  enabled = true,
): Promise<{ snapshots: Snapshots; board: ReturnType<typeof createStatusBoard> }> => {
  const seal = createSeal("BOT", undefined);
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const board = createStatusBoard(clock, () => undefined);
  const snapshots = createSnapshots({
    context: {
      sessionId: "BOT",
      storePath: store.path,
      holder: "me",
      seal,
      source: undefined,
      snapshots: { enabled, intervalMs: INTERVAL_MS, retention: 9, folder: folder(), seal },
      pace: PACE,
      clock,
      random: () => 0,
      log: createLogger({ system: "backup", json: false, level: "info", secrets: [], stream }),
    },
    store,
    board,
  });
  running.push(snapshots);
  await snapshots.settled();
  return { snapshots, board };
};

const pass = async (snapshots: Snapshots, ms: number): Promise<void> => {
  clock.advance(ms);
  await snapshots.settled();
};

describe("the schedule of snapshots", () => {
  test("begins soon for a session that has none, then keeps to the interval", async () => {
    const { snapshots, board } = await begin();
    write("1");
    await pass(snapshots, 59_000);
    expect(count()).toBe(0);
    await pass(snapshots, 1_000);
    expect(count()).toBe(1);
    expect(board.status.lastSnapshotAt).toBe(clock.now());
    write("2");
    await pass(snapshots, INTERVAL_MS - 1);
    expect(count()).toBe(1);
    await pass(snapshots, 1);
    expect(count()).toBe(2);
  });

  test("skips an interval in which nothing was written, and a store in which nothing ever was", async () => {
    const { snapshots } = await begin();
    await pass(snapshots, 60_000);
    expect(count()).toBe(0);
    write("1");
    for (const _ of [1, 2, 3, 4]) await pass(snapshots, INTERVAL_MS);
    expect(count()).toBe(1);
    write("2");
    await pass(snapshots, INTERVAL_MS);
    expect(count()).toBe(2);
  });

  test("goes on where the process before left off", async () => {
    const first = await begin();
    write("1");
    await first.snapshots.take("asked for");
    const takenAt = clock.now();
    await first.snapshots.stop();
    clock.advance(INTERVAL_MS / 2);
    write("2");
    const { snapshots, board } = await begin();
    expect(board.status.lastSnapshotAt).toBe(takenAt);
    await pass(snapshots, INTERVAL_MS / 2 - 1);
    expect(count()).toBe(1);
    await pass(snapshots, 1);
    expect(count()).toBe(2);
  });

  test("does not exist where it is turned off; on demand there still are some", async () => {
    const { snapshots } = await begin(false);
    write("1");
    await pass(snapshots, 10 * INTERVAL_MS);
    expect(count()).toBe(0);
    await snapshots.take("asked for");
    expect(count()).toBe(1);
  });

  test("ends with the worker", async () => {
    const { snapshots } = await begin();
    write("1");
    await snapshots.stop();
    clock.advance(INTERVAL_MS);
    await expect(snapshots.take("too late")).rejects.toMatchObject({ code: "backup.stopped" });
    expect(count()).toBe(0);
  });
});
