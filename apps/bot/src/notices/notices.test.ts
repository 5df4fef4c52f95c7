import { BlackskyError } from "@blacksky/errors";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { openStore } from "@blacksky/store";
import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNotices } from "./notices.ts";
import { outageNotice } from "./outage-notice.ts";
import { noticeVersion } from "./version-notice.ts";

const MORNING = Date.UTC(2026, 0, 2, 9);
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const setUp = (notify: (text: string) => Promise<unknown>, startMs = MORNING) => {
  const clock = createFakeClock(startMs);
  const said: string[] = [];
  const log = createTestLogger((level, message) => void said.push(`${level}: ${message}`));
  const quietHours = { fromHour: 0, toHour: 6 };
  const notices = createNotices({
    level: "all",
    quietHours,
    timeZone: "Europe/Berlin",
    botName: "Bot",
    notify,
    clock,
    log,
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { clock, said, notices, pass };
};

describe("notices", () => {
  test("are written as one message, with the time of what is no news any more", async () => {
    const told: string[] = [];
    const night = Date.UTC(2026, 0, 2, 2, 30);
    const { notices, pass } = setUp(async (text) => void told.push(text), night);
    notices.tell({ kind: "back", importance: "all", text: "I am back." });
    await pass(60_000);
    notices.tell({ kind: "back", importance: "all", text: "I am back once more." });
    notices.tell({ kind: "worker", importance: "all", text: "The keeper was restarted." });
    await pass(6 * 3_600_000);
    expect(told).toEqual(["*Bot*\n• 03:30: I am back once more. (2 times)\n• 03:31: The keeper was restarted."]);
    notices.tell({ kind: "back", importance: "all", text: "I am back." });
    await pass(600_000);
    expect(told[1]).toBe("*Bot*\nI am back.");
  });

  test("wait where they cannot be handed over, and go nowhere where there is no owner", async () => {
    const answers = [new Error("full"), new BlackskyError("outbox.recipient", "No owner."), undefined];
    const texts: string[] = [];
    const { notices, pass, said } = setUp((text) => {
      texts.push(text);
      const error = answers.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    });
    notices.tell({ kind: "back", importance: "all", text: "I am back." });
    await pass(10_000);
    await pass(60_000);
    await pass(600_000);
    expect(texts).toHaveLength(2);
    expect(said.filter((line) => line.startsWith("warn"))).toEqual([expect.stringContaining("full")]);
    notices.stop();
    notices.tell({ kind: "back", importance: "all", text: "I am back." });
    await pass(3_600_000);
    expect(texts).toHaveLength(2);
  });
});

test("an outage is told with its length and cause, a short one only to who wants everything", () => {
  const short = outageNotice({ fromMs: 0, toMs: 59_000, reason: null });
  expect(short).toMatchObject({ importance: "all", text: "I am back after 59 s without a connection to WhatsApp." });
  expect(outageNotice({ fromMs: null, toMs: 5, reason: null })).toMatchObject({ kind: "online", importance: "all" });
  const long = outageNotice({ fromMs: 0, toMs: 3_723_000, reason: "WhatsApp was closed." });
  expect(long.importance).toBe("important");
  expect(long.text).toMatch(/after 1 h 2 min without .* WhatsApp was closed\.$/);
});

test("a version is told of when another ran before it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "blacksky-version-"));
  const store = openStore({ path: join(folder, "store") });
  try {
    expect(await noticeVersion(store, "1.0.0")).toBeUndefined();
    expect(await noticeVersion(store, "1.0.0")).toBeUndefined();
    expect((await noticeVersion(store, "1.1.0"))?.text).toBe("I run version 1.1.0 now; before it was 1.0.0.");
    expect(await noticeVersion(store, "1.1.0")).toBeUndefined();
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
