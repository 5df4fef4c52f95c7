import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, type Clock, type FakeClock } from "@blacksky/machine";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createCourier, type Courier } from "./courier.ts";
import { describeReceiver, type AlertNote } from "./receivers.ts";
import { accept, startReceiver, type Call, type TestReceiver } from "./testing/start-receiver.ts";

const NOTE: AlertNote = {
  kind: "logged-out",
  status: "raised",
  text: "The bot was unlinked.",
  bot: "TEST",
  at: "2026-01-02T03:04:05.000Z",
  durationSeconds: null,
};
const ATTEMPT_MS = 10_000;

const receivers: TestReceiver[] = [];
const couriers: Courier[] = [];
afterEach(() => {
  for (const courier of couriers.splice(0)) courier.stop();
  for (const receiver of receivers.splice(0)) receiver.close();
});

const receive = async (answer?: Parameters<typeof startReceiver>[0]): Promise<TestReceiver> => {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
};

const setUp = (urls: readonly string[], clock: Clock = createFakeClock()) => {
  const logged: string[] = [];
  const log = createTestLogger((_level, message, fields) => void logged.push(`${message} ${JSON.stringify(fields)}`));
  const courier = createCourier({ receivers: urls.map(describeReceiver), clock, random: () => 0, log });
  couriers.push(courier);
  return { courier, logged };
};

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A clock that tells which pause has begun, apart from the deadlines of attempts. */
const createWatchedClock = (): FakeClock & { pauseBegun(count: number): Promise<number | undefined> } => {
  const fake = createFakeClock();
  const pauses: number[] = [];
  return {
    now: () => fake.now(),
    monotonic: () => fake.monotonic(),
    advance: (ms) => fake.advance(ms),
    setWall: (byMs) => fake.setWall(byMs),
    get pending() {
      return fake.pending;
    },
    get untilNextMs() {
      return fake.untilNextMs;
    },
    startTimer(delayMs, fire) {
      if (delayMs !== ATTEMPT_MS) pauses.push(delayMs);
      return fake.startTimer(delayMs, fire);
    },
    async pauseBegun(count) {
      while (pauses.length < count) await turn();
      return pauses[count - 1];
    },
  };
};

describe("the courier", () => {
  test("hands a note over and says so without the address", async () => {
    const receiver = await receive();
    const { courier, logged } = setUp([receiver.url]);
    expect(await courier.deliver(NOTE)).toBe("delivered");
    expect(JSON.parse(receiver.calls[0]?.text ?? "")).toMatchObject({
      kind: "logged-out",
      text: "TEST: The bot was unlinked.",
    });
    expect(logged).toEqual([
      'An alert was delivered to ALERT_WEBHOOK_URL. {"alert":"logged-out","status":"raised","receiver":"json"}',
    ]);
  });

  test("takes it to each receiver in its own format", async () => {
    const [plain, ntfy, slack] = [await receive(), await receive(), await receive()];
    const { courier } = setUp([plain.url, `ntfy+${ntfy.url}`, `slack+${slack.url}`]);
    expect(await courier.deliver(NOTE)).toBe("delivered");
    expect(ntfy.calls[0]).toMatchObject({ text: NOTE.text, headers: { title: "TEST: logged-out", priority: "high" } });
    expect(slack.calls[0]?.text).toBe('{"text":"TEST: The bot was unlinked."}');
    expect(plain.calls).toHaveLength(1);
  });

  test("is content when one of several has it", async () => {
    const [good, bad] = [await receive(), await receive(({ reply }) => void reply.writeHead(404).end())];
    const { courier, logged } = setUp([bad.url, good.url]);
    expect(await courier.deliver(NOTE)).toBe("delivered");
    expect(logged).toHaveLength(2);
  });

  test("tries again, ever more slowly, what the receiver could not take", async () => {
    const receiver = await receive(({ reply }, count) => void reply.writeHead(count < 3 ? 500 : 200).end());
    const clock = createWatchedClock();
    const delivery = setUp([receiver.url], clock).courier.deliver(NOTE);
    expect(await clock.pauseBegun(1)).toBe(5_000);
    clock.advance(5_000);
    expect(await clock.pauseBegun(2)).toBe(15_000);
    expect(receiver.calls).toHaveLength(2);
    clock.advance(15_000);
    expect(await delivery).toBe("delivered");
    expect(receiver.calls).toHaveLength(3);
  });

  test.each([
    ["in the header", (reply: Call["reply"]) => reply.writeHead(429, { "retry-after": "60" }).end()],
    [
      "as Telegram says it",
      (reply: Call["reply"]) => reply.writeHead(429).end('{"ok":false,"parameters":{"retry_after":60}}'),
    ],
  ])("waits as long as the receiver asks for: %s", async (_where, refuse) => {
    const receiver = await receive((call, count) => (count === 1 ? void refuse(call.reply) : accept(call)));
    const clock = createWatchedClock();
    const delivery = setUp([receiver.url], clock).courier.deliver(NOTE);
    expect(await clock.pauseBegun(1)).toBe(60_000);
    clock.advance(60_000);
    expect(await delivery).toBe("delivered");
  });

  test("gives up one attempt at a receiver that hangs", async () => {
    const receiver = await receive((call, count) => (count === 1 ? undefined : accept(call)));
    const clock = createWatchedClock();
    const delivery = setUp([receiver.url], clock).courier.deliver(NOTE);
    await receiver.received(1);
    clock.advance(ATTEMPT_MS);
    clock.advance((await clock.pauseBegun(1)) ?? 0);
    expect(await delivery).toBe("delivered");
    expect(receiver.calls).toHaveLength(2);
  });

  test("says why it was refused, without the address, and does not insist", async () => {
    const receiver = await receive(({ reply }) => void reply.writeHead(404).end());
    const { courier, logged } = setUp([receiver.url]);
    expect(await courier.deliver(NOTE)).toBe("refused");
    expect(logged[0]).toContain("it answered HTTP 404.");
    expect(receiver.calls).toHaveLength(1);
    for (const line of logged) expect(line).not.toMatch(/127\.0\.0\.1|secret-part/);
  });

  test("follows no redirection, and tells no address of a receiver that is gone", async () => {
    const other = await receive();
    const first = await receive(({ reply }) => void reply.writeHead(307, { location: other.url }).end());
    const clock = createWatchedClock();
    const { courier, logged } = setUp([first.url], clock);
    const delivery = courier.deliver(NOTE);
    await clock.pauseBegun(1);
    expect(first.calls).toHaveLength(1);
    first.close();
    for (let pause = 1; pause <= 5; pause += 1) clock.advance((await clock.pauseBegun(pause)) ?? 0);
    expect(await delivery).toBe("away");
    expect(other.calls).toEqual([]);
    expect(logged[0]).toContain("it could not be reached (ECONNREFUSED).");
    expect(logged[0]).not.toMatch(/127\.0\.0\.1|secret-part/);
  });

  test("drops what is under way when it is stopped, and is silent then", async () => {
    const receiver = await receive(() => undefined);
    const clock = createFakeClock();
    const { courier, logged } = setUp([receiver.url], clock);
    const delivery = courier.deliver(NOTE);
    await receiver.received(1);
    courier.stop();
    expect(await delivery).toBe("away");
    expect(await courier.deliver(NOTE)).toBe("away");
    expect([logged, clock.pending]).toEqual([[], 0]);
  });
});
