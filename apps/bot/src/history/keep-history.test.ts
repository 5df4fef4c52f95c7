import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import type { Channel } from "@blacksky/ipc";
import { openStore, type Store } from "@blacksky/store";
import type { ConnectionPicture } from "@blacksky/whatsapp";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outage } from "../notices/outage-notice.ts";
import { keepHistory, type HistoryKeeper } from "./keep-history.ts";

const HOUR_MS = 3_600_000;
let warnings: string[] = [];
const log = createTestLogger((level, message) => {
  if (level === "warn") warnings.push(message);
});

interface Told {
  readonly transitions: readonly { readonly from: string; readonly to: string; readonly durationMs: number }[];
  readonly disconnects: Readonly<Record<string, number>>;
  readonly uptime: { readonly day: number | null; readonly week: number | null };
}

let folder: string;
let store: Store;
let clock: ReturnType<typeof createFakeClock>;
let told: Told[];
const keepers: HistoryKeeper[] = [];
let changes: number;
let backs: Outage[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-history-"));
  store = openStore({ path: join(folder, "store") });
  clock = createFakeClock(1_000_000_000_000);
  told = [];
  changes = 0;
  backs = [];
  warnings = [];
});
afterEach(async () => {
  // What is still being written must not find the store closed.
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()));
  expect(warnings).toEqual([]);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const keep = (into: Store = store): HistoryKeeper => {
  const emit = ((_definition: unknown, body: Told) => void told.push(body)) as Channel["emit"];
  const keeper = keepHistory({
    store: into,
    clock,
    log,
    channel: { emit },
    onChange: () => void (changes += 1),
    onBack: (outage) => void backs.push(outage),
  });
  keepers.push(keeper);
  return keeper;
};

const picture = (state: ConnectionPicture["state"], code?: number): ConnectionPicture => ({
  state,
  since: clock.now(),
  reconnectAttempts: 0,
  nextAttemptAt: null,
  lastDisconnect: code === undefined ? null : { code, reason: `Ended with ${String(code)}.`, at: clock.now() },
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Until so many changes were written; the test's own deadline ends it. */
const untilWritten = async (count: number): Promise<void> => {
  for (;;) {
    if (changes >= count) return;
    await turn();
  }
};

/** The process dies: nothing is written any more, and what was, stays. */
const die = (keeper: HistoryKeeper): void => {
  // Its timer is all that lives of it here.
  clock = createFakeClock(clock.now());
  void keeper;
};

const newest = (): Told | undefined => told.at(-1);

describe("the history of the connection", () => {
  test("is told at each change and once a minute", () => {
    const keeper = keep();
    expect(told).toEqual([{ transitions: [], disconnects: {}, uptime: { day: null, week: null } }]);
    keeper.see(picture("connecting"));
    clock.advance(30_000);
    keeper.see(picture("open"));
    keeper.see({ ...picture("open"), reconnectAttempts: 0 });
    clock.advance(30_000);
    expect(newest()).toMatchObject({
      transitions: [{ from: "connecting", to: "open", durationMs: 30_000 }],
      uptime: { day: 100, week: 100 },
    });
    keeper.see(picture("backing-off", 428));
    clock.advance(60_000);
    expect(newest()?.uptime.day).toBeCloseTo(100 / 3, 1);
  });

  test("survives a stop in order to the second, and the time without it counts as down", async () => {
    const first = keep();
    first.see(picture("open"));
    clock.advance(HOUR_MS - 17_000);
    first.see(picture("backing-off", 428));
    first.see(picture("open", 428));
    clock.advance(17_000);
    await first.close();
    expect(backs.splice(0)).toEqual([
      { fromMs: null, toMs: 1_000_000_000_000, reason: null },
      { fromMs: clock.now() - 17_000, toMs: clock.now() - 17_000, reason: "Ended with 428." },
    ]);
    clock.advance(HOUR_MS);
    const second = keep();
    expect(newest()).toMatchObject({ uptime: { day: 50 }, disconnects: { 428: 1 } });
    second.see(picture("open"));
    expect(backs).toEqual([{ fromMs: clock.now() - HOUR_MS, toMs: clock.now(), reason: null }]);
    clock.advance(2 * HOUR_MS);
    expect(newest()?.uptime.day).toBe(75);
    expect(newest()?.transitions.at(-1)).toMatchObject({ from: "open", to: "open" });
    await second.close();
  });

  test("survives a crash to the minute, without a write that would be replicated in a quiet time", async () => {
    const first = keep();
    first.see(picture("open"));
    await untilWritten(1);
    const { position } = store;
    clock.advance(50 * 60_000 + 59_000);
    expect(store.position).toBe(position);
    die(first);
    keep();
    clock.advance(9 * 60_000 + 1000);
    expect(newest()?.uptime.day).toBeCloseTo((50 / 60) * 100, 0);
  });

  test("is in the replicated record within the hour, and within the minute when others write", async () => {
    const keeper = keep();
    keeper.see(picture("open"));
    await untilWritten(1);
    const { position } = store;
    clock.advance(60_000);
    await turn();
    expect(store.position).toBe(position);
    await store.write([{ key: "session/x", value: new Uint8Array([1]) }]);
    clock.advance(60_000);
    await untilWritten(2);
    clock.advance(59 * 60_000);
    await turn();
    expect(changes).toBe(2);
    clock.advance(60_000);
    await untilWritten(3);
    await keeper.close();
  });

  test("goes on telling when the disk has no room for a mark", async () => {
    const { meta } = store;
    const full = (): never => {
      throw new Error("store.full");
    };
    const keeper = keep(
      Object.create(store, { meta: { value: { get: (name: string) => meta.get(name), set: full } } }) as Store,
    );
    keeper.see(picture("open"));
    await untilWritten(1);
    clock.advance(60_000);
    expect(newest()?.uptime.day).toBe(100);
    expect(warnings.splice(0)).toEqual(["The history of the connection could not be written."]);
    await keeper.close();
  });

  test("is begun anew where what is stored of it cannot be read", async () => {
    await store.write([{ key: "connection/history", value: new Uint8Array([1, 2, 3]) }]);
    keep();
    expect(newest()).toEqual({ transitions: [], disconnects: {}, uptime: { day: null, week: null } });
  });

  test("does not take the mark of another store for its own", async () => {
    const first = keep();
    first.see(picture("open"));
    clock.advance(600_000);
    await first.close();
    store.meta.set("connection.uptimeMark", `7 ${String(clock.now() + HOUR_MS)}`);
    clock.advance(600_000);
    keep();
    expect(newest()?.uptime.day).toBe(50);
  });
});
