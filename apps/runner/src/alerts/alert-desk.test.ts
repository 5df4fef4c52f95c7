import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, systemClock, type Clock } from "@blacksky/machine";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAlertDesk, type AlertDesk } from "./alert-desk.ts";
import { SAME_KIND_MS } from "./trouble.ts";
import { accept, startReceiver, type TestReceiver } from "./testing/start-receiver.ts";

const LOGGED_OUT = { kind: "logged-out", text: "The bot was unlinked." };
const DOWN = { kind: "database-down", text: "PostgreSQL is away." };
const MINUTE_MS = 60_000;

let dataDir: string;
const receivers: TestReceiver[] = [];
const desks: AlertDesk[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "runner-alerts-"));
});
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close(0);
  for (const receiver of receivers.splice(0)) receiver.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const receive = async (answer?: Parameters<typeof startReceiver>[0]): Promise<TestReceiver> => {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
};

const until = async (condition: () => boolean): Promise<void> => {
  for (let turns = 0; turns < 20_000; turns += 1) {
    if (condition()) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  throw new Error("It did not come.");
};

const setUp = (urls: readonly string[], clock: Clock, folder = dataDir) => {
  const logged: string[] = [];
  const notices: string[] = [];
  const log = createTestLogger((level, message, fields) => {
    if (level !== "debug") logged.push(`${message} ${JSON.stringify(fields)}`);
  });
  const desk = createAlertDesk({
    urls,
    dataDir: folder,
    bot: "TEST",
    owner: { tell: (notice) => void notices.push(notice.kind) },
    clock,
    random: () => 0,
    log,
  });
  desks.push(desk);
  /** Until so many deliveries have come to an end: only then may time go on. */
  const delivered = (count: number): Promise<void> =>
    until(() => logged.filter((line) => line.includes("was delivered")).length >= count);
  return { desk, logged, notices, delivered };
};

const told = ({ calls }: TestReceiver): string[] =>
  calls.map(({ text }) => {
    const { kind, status, text: words } = JSON.parse(text) as Record<string, string>;
    return `${String(kind)} ${String(status)}: ${String(words)}`;
  });

const startClock = () => createFakeClock(Date.parse("2026-01-02T03:04:05Z"));
const whenTold = (): number | null | undefined => {
  const { troubles } = JSON.parse(readFileSync(alertsFile(), "utf8")) as { troubles: { told: number | null }[] };
  return troubles[0]?.told;
};
const alertsFile = (): string => join(dataDir, "alerts.json");

describe("the alert desk", () => {
  test("tells the owner in WhatsApp what is not about WhatsApp, also where there is no other address", async () => {
    const clock = startClock();
    const { desk, notices } = setUp([], clock);
    desk.raise({ kind: "database-down", text: "PostgreSQL is away." });
    desk.raise({ kind: "retries-exhausted", text: "WhatsApp cannot be reached." });
    clock.advance(5 * 60_000);
    await until(() => notices.length > 0);
    desk.raise({ kind: "database-down", text: "PostgreSQL is away." });
    desk.eased("database");
    clock.advance(60_000);
    await until(() => notices.length > 1);
    expect(notices).toEqual(["database-down", "database-down-over"]);
  });

  test("tells the same trouble once an hour, and another one at once", async () => {
    const [receiver, clock] = [await receive(), startClock()];
    const { desk, delivered } = setUp([receiver.url], clock);
    desk.raise(LOGGED_OUT);
    desk.raise({ kind: "replaced", text: "Another program." });
    desk.raise(LOGGED_OUT);
    await delivered(2);
    clock.advance(SAME_KIND_MS - 1);
    desk.raise(LOGGED_OUT);
    clock.advance(1);
    desk.raise(LOGGED_OUT);
    await delivered(3);
    expect(told(receiver).toSorted()).toEqual([
      "logged-out raised: TEST: The bot was unlinked.",
      "logged-out raised: TEST: The bot was unlinked.",
      "replaced raised: TEST: Another program.",
    ]);
  });

  test("tells once that it is over, when it has been so for a while, with how long it was", async () => {
    const [receiver, clock] = [await receive(), startClock()];
    const { desk, delivered } = setUp([receiver.url], clock);
    desk.eased("connection");
    desk.raise(LOGGED_OUT);
    await delivered(1);
    clock.advance(2 * SAME_KIND_MS);
    desk.eased("connection");
    clock.advance(MINUTE_MS - 1);
    desk.relapsed("connection");
    clock.advance(10 * MINUTE_MS);
    desk.eased("database");
    desk.eased("connection");
    desk.eased("connection");
    clock.advance(MINUTE_MS);
    desk.eased("connection");
    await delivered(2);
    expect(told(receiver)[1]).toBe(
      "logged-out recovered: TEST: Over: logged-out, after 2 h 10 min. The bot is connected to WhatsApp again.",
    );
    expect(JSON.parse(receiver.calls[1]?.text ?? "")).toMatchObject({ durationSeconds: 2 * 3600 + 11 * 60 });
    expect(receiver.calls).toHaveLength(2);
  });

  test("has patience with a database that is away for some minutes", async () => {
    const [receiver, clock] = [await receive(), startClock()];
    const { desk, delivered } = setUp([receiver.url], clock);
    desk.raise(DOWN);
    clock.advance(4 * MINUTE_MS);
    desk.eased("database");
    desk.raise(DOWN);
    clock.advance(5 * MINUTE_MS - 1);
    expect(receiver.calls).toEqual([]);
    clock.advance(1);
    await delivered(1);
    desk.eased("database");
    clock.advance(MINUTE_MS / 2);
    await delivered(2);
    expect(told(receiver)[1]).toMatch(/^database-down recovered: .*after 5 min\. PostgreSQL answers again/);
  });

  test("is not silent after an alert that nobody took, and tells it again by itself", async () => {
    const receiver = await receive((call, count) => (count < 3 ? void call.reply.writeHead(404).end() : accept(call)));
    const clock = startClock();
    const { desk, logged } = setUp([receiver.url], clock);
    for (let refused = 1; refused <= 2; refused += 1) {
      desk.raise(LOGGED_OUT);
      await receiver.received(refused);
      await until(() => whenTold() === null);
    }
    clock.advance(SAME_KIND_MS);
    await receiver.received(3);
    await desk.close(3_000);
    expect(logged[2]).toContain("was delivered");
  });

  test("tells that it is over after the alert itself, however late that arrives", async () => {
    const receiver = await receive((call, count) =>
      count === 1 ? void call.reply.writeHead(500).end() : accept(call),
    );
    const clock = startClock();
    const { desk, delivered } = setUp([receiver.url], clock);
    desk.raise({ kind: "dead-letters", text: "One was given up." });
    // The pause before the next attempt has begun.
    await until(() => clock.untilNextMs === 5_000);
    desk.eased("outbox");
    clock.advance(5_000);
    await delivered(2);
    const raised = "dead-letters raised: TEST: One was given up.";
    expect(told(receiver)).toEqual([raised, raised, expect.stringContaining("dead-letters recovered")]);
  });

  test("posts nothing where there is no address", async () => {
    const clock = createFakeClock();
    const { desk, logged } = setUp([], clock);
    desk.raise(LOGGED_OUT);
    desk.eased("connection");
    await desk.close(3_000);
    expect(clock.pending).toBe(0);
    expect(logged).toEqual([]);
  });

  test("says at the start what an address lacks, without the address", () => {
    const { logged } = setUp(
      ["https://example.com/x", "https://api.telegram.org/bot1:secret/sendMessage"],
      startClock(),
    );
    expect(logged).toEqual([expect.stringContaining("Address 2 of ALERT_WEBHOOK_URL (telegram) is not whole")]);
    expect(logged[0]).not.toContain("secret");
  });

  test("lets the last alert out before the end, and leaves one that takes too long", async () => {
    const held = await receive(() => undefined);
    const { desk } = setUp([held.url], systemClock);
    desk.raise(LOGGED_OUT);
    await held.received(1);
    const closing = desk.close(60_000);
    const [call] = held.calls;
    if (call !== undefined) accept(call);
    await closing;

    const stuck = await receive(() => undefined);
    const clock = createFakeClock();
    const second = setUp([stuck.url], clock, mkdtempSync(join(dataDir, "second-")));
    second.desk.raise(LOGGED_OUT);
    await stuck.received(1);
    const ending = second.desk.close(3_000);
    clock.advance(3_000);
    await ending;
    second.desk.raise({ kind: "late", text: "Nobody hears this." });
    expect(second.logged).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe("what was told", () => {
  test("is known to the next runner: it does not tell it again, and tells when it is over", async () => {
    const [receiver, clock] = [await receive(), startClock()];
    for (let start = 0; start < 3; start += 1) {
      const { desk } = setUp([receiver.url], clock);
      desk.raise({ kind: "gave-up", text: "The bot gives up." });
      await receiver.received(1);
      await desk.close(3_000);
      clock.advance(MINUTE_MS);
    }
    expect(statSync(alertsFile()).mode & 0o777).toBe(0o600);
    const { desk, delivered } = setUp([receiver.url], clock);
    desk.eased("tree");
    clock.advance(MINUTE_MS);
    await delivered(1);
    expect(told(receiver)[1]).toBe("gave-up recovered: TEST: Over: gave-up, after 3 min. The bot runs again.");
    await desk.close(0);

    const after = setUp([receiver.url], clock);
    after.desk.eased("tree");
    clock.advance(MINUTE_MS);
    after.desk.raise(LOGGED_OUT);
    await after.delivered(1);
    expect(told(receiver)[2]).toContain("logged-out");
  });

  test("in vain before the end is told at the next start", async () => {
    const stuck = await receive(() => undefined);
    const { desk } = setUp([stuck.url], startClock());
    desk.raise(LOGGED_OUT);
    await stuck.received(1);
    await desk.close(0);
    const receiver = await receive();
    setUp([receiver.url], startClock());
    await receiver.received(1);
    expect(told(receiver)).toEqual(["logged-out raised: TEST: The bot was unlinked."]);
  });

  test.each(["", "{", '{"version":2,"troubles":[]}', '{"version":1,"troubles":[{"kind":7}]}', "\0\0\0"])(
    "is forgotten where the file is damaged (%j), and written anew",
    async (damage) => {
      writeFileSync(alertsFile(), damage);
      const [receiver, clock] = [await receive(), startClock()];
      const { desk, logged } = setUp([receiver.url], clock);
      desk.raise(LOGGED_OUT);
      await receiver.received(1);
      await desk.close(3_000);
      expect(JSON.parse(readFileSync(alertsFile(), "utf8"))).toEqual({
        version: 1,
        troubles: [{ kind: "logged-out", since: clock.now(), told: clock.now(), text: LOGGED_OUT.text }],
      });
      expect(logged).toEqual([expect.stringContaining("was delivered")]);
    },
  );

  test("needs no disk to be told", async () => {
    const receiver = await receive();
    const { desk, logged } = setUp([receiver.url], startClock(), join(dataDir, "is-not-there"));
    desk.raise(LOGGED_OUT);
    await receiver.received(1);
    await desk.close(3_000);
    expect(logged[0]).toContain("could not be written down");
  });
});
