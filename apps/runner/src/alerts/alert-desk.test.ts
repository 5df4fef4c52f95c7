import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, systemClock, type Clock, type FakeClock } from "@blacksky/machine";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAlertDesk, type AlertDesk } from "./alert-desk.ts";

const PATH = "/hooks/secret-part-of-the-address";
const LOGGED_OUT = { kind: "logged-out", text: "The bot was unlinked." };

interface Call {
  readonly body: unknown;
  readonly type: string | undefined;
  readonly reply: ServerResponse;
}

/** A webhook's receiver. `answer` does what it likes with each call; calls are counted before it is asked. */
const startReceiver = async (answer: (call: Call, count: number) => void) => {
  const calls: Call[] = [];
  let wake = (): void => undefined;
  const read = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
    const call = { body: JSON.parse(text) as unknown, type: request.headers["content-type"], reply };
    calls.push(call);
    answer(call, calls.length);
    wake();
  };
  const server = createServer((request, reply) => void read(request, reply));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  /** Until so many calls have come; Jest's own limit is the deadline. */
  const received = async (count: number): Promise<void> => {
    while (calls.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${String(port)}${PATH}`, calls, received, close };
};

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const receivers: Receiver[] = [];
const desks: AlertDesk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close(0);
  for (const receiver of receivers.splice(0)) receiver.close();
});

const receive = async (answer: Parameters<typeof startReceiver>[0]): Promise<Receiver> => {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
};

const setUp = (url: string | undefined, clock: Clock = createFakeClock(Date.parse("2026-01-02T03:04:05Z"))) => {
  const logged: string[] = [];
  let wake = (): void => undefined;
  const log = createTestLogger((_level, message, fields) => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
    wake();
  });
  const desk = createAlertDesk({ url, bot: "TEST", clock, random: () => 0, log });
  desks.push(desk);
  const logs = async (count: number): Promise<void> => {
    while (logged.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { desk, logged, logs };
};

const accept = ({ reply }: Call): void => void reply.writeHead(204).end();
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const ATTEMPT_MS = 10_000;

/** A clock that tells which pause the desk has begun, apart from the deadlines of its attempts. */
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

describe("the alert desk", () => {
  test("posts JSON that people and programs can read", async () => {
    const receiver = await receive(accept);
    const { desk, logged, logs } = setUp(receiver.url);
    desk.raise(LOGGED_OUT);
    await logs(1);
    expect(receiver.calls[0]?.type).toBe("application/json");
    expect(receiver.calls[0]?.body).toEqual({
      kind: "logged-out",
      text: "TEST: The bot was unlinked.",
      content: "TEST: The bot was unlinked.",
      bot: "TEST",
      at: "2026-01-02T03:04:05.000Z",
    });
    expect(logged).toEqual(['An alert was delivered to ALERT_WEBHOOK_URL. {"alert":"logged-out"}']);
  });

  test("tells the same trouble once an hour, and another one at once", async () => {
    const receiver = await receive(accept);
    const clock = createFakeClock();
    const { desk, logs } = setUp(receiver.url, clock);
    desk.raise(LOGGED_OUT);
    desk.raise({ kind: "replaced", text: "Another program." });
    desk.raise(LOGGED_OUT);
    await logs(2);
    clock.advance(3_599_999);
    desk.raise(LOGGED_OUT);
    clock.advance(1);
    desk.raise(LOGGED_OUT);
    await logs(3);
    const kinds = receiver.calls.map(({ body }) => (body as { kind: string }).kind);
    expect(kinds.toSorted()).toEqual(["logged-out", "logged-out", "replaced"]);
  });

  test("tries again, ever more slowly, what the receiver could not take", async () => {
    const receiver = await receive(({ reply }, count) => void reply.writeHead(count < 3 ? 500 : 200).end());
    const clock = createWatchedClock();
    const { desk, logged, logs } = setUp(receiver.url, clock);
    desk.raise(LOGGED_OUT);
    expect(await clock.pauseBegun(1)).toBe(5_000);
    clock.advance(5_000);
    expect(await clock.pauseBegun(2)).toBe(15_000);
    expect(receiver.calls).toHaveLength(2);
    clock.advance(15_000);
    await logs(1);
    expect(receiver.calls).toHaveLength(3);
    expect(logged[0]).toContain("was delivered");
  });

  test("waits as long as the receiver asks for", async () => {
    const receiver = await receive(({ reply }, count) =>
      count === 1 ? void reply.writeHead(429, { "retry-after": "60" }).end() : accept({ reply } as Call),
    );
    const clock = createWatchedClock();
    const { desk, logs } = setUp(receiver.url, clock);
    desk.raise(LOGGED_OUT);
    expect(await clock.pauseBegun(1)).toBe(60_000);
    expect(receiver.calls).toHaveLength(1);
    clock.advance(60_000);
    await logs(1);
    expect(receiver.calls).toHaveLength(2);
  });

  test("gives up one attempt at a receiver that hangs, and holds nobody up meanwhile", async () => {
    const receiver = await receive((call, count) => (count === 1 ? undefined : accept(call)));
    const clock = createWatchedClock();
    const { desk, logs } = setUp(receiver.url, clock);
    expect(desk.raise(LOGGED_OUT)).toBeUndefined();
    await receiver.received(1);
    clock.advance(ATTEMPT_MS);
    clock.advance((await clock.pauseBegun(1)) ?? 0);
    await logs(1);
    expect(receiver.calls).toHaveLength(2);
  });

  test("says once why it was not taken, without the address, and is not silent for an hour then", async () => {
    const receiver = await receive(({ reply }) => void reply.writeHead(404).end());
    const { desk, logged, logs } = setUp(receiver.url);
    desk.raise(LOGGED_OUT);
    await logs(1);
    expect(logged[0]).toContain("it answered HTTP 404.");
    expect(receiver.calls).toHaveLength(1);
    desk.raise(LOGGED_OUT);
    await logs(2);
    for (const line of logged) expect(line).not.toMatch(/127\.0\.0\.1|secret-part/);
  });

  test("follows no redirection, and tells no address of a receiver that is gone", async () => {
    const other = await receive(accept);
    const first = await receive(({ reply }) => void reply.writeHead(307, { location: other.url }).end());
    const clock = createWatchedClock();
    const { desk, logged, logs } = setUp(first.url, clock);
    desk.raise(LOGGED_OUT);
    await clock.pauseBegun(1);
    expect(first.calls).toHaveLength(1);
    first.close();
    for (let pause = 1; pause <= 5; pause += 1) clock.advance((await clock.pauseBegun(pause)) ?? 0);
    await logs(1);
    expect(other.calls).toEqual([]);
    expect(logged[0]).toContain("it could not be reached (ECONNREFUSED).");
    expect(logged[0]).not.toMatch(/127\.0\.0\.1|secret-part/);
  });

  test("does nothing where there is no address", async () => {
    const clock = createFakeClock();
    const { desk, logged } = setUp(undefined, clock);
    desk.raise(LOGGED_OUT);
    expect(clock.pending).toBe(0);
    await desk.close(3_000);
    expect(logged).toEqual([]);
  });

  test("lets the last alert out before the end, and leaves one that takes too long", async () => {
    const held = await receive(() => undefined);
    const { desk } = setUp(held.url, systemClock);
    desk.raise(LOGGED_OUT);
    await held.received(1);
    const closing = desk.close(60_000);
    const [call] = held.calls;
    if (call !== undefined) accept(call);
    await closing;

    const stuck = await receive(() => undefined);
    const clock = createFakeClock();
    const second = setUp(stuck.url, clock);
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
