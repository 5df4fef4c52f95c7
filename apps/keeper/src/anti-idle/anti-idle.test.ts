import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { afterEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startAntiIdle, type AntiIdle } from "./anti-idle.ts";

const MINUTE_MS = 60_000;
const OURS = "our-name";

const opened: { close(): void }[] = [];
const running: AntiIdle[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
  for (const one of opened.splice(0)) one.close();
});

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

const HOME: Answer = { headers: { "x-blacksky-instance": OURS, "x-blacksky-forwarded": "true" } };

/** The public address; it answers as told, or not at all. */
const startRouter = async () => {
  const router: { answer: Answer | undefined; readonly requests: IncomingMessage[]; url: string } = {
    answer: HOME,
    requests: [],
    url: "",
  };
  const server = createServer((request: IncomingMessage, reply: ServerResponse) => {
    router.requests.push(request);
    if (router.answer === undefined) return;
    reply.writeHead(router.answer.status ?? 200, router.answer.headers).end('{"live":true}');
  });
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  opened.push({ close });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  router.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return { router, close };
};

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const setUp = async ({ intervalMs = 25 * MINUTE_MS, chance = 0 } = {}) => {
  const { router, close } = await startRouter();
  const clock = createFakeClock();
  const pauses: number[] = [];
  const lines: string[] = [];
  const log = createTestLogger((level, message) => void lines.push(`${level} ${message}`));
  const antiIdle = startAntiIdle({
    url: `${router.url}/`,
    intervalMs,
    readInstance: () => Promise.resolve(OURS),
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      startTimer(delayMs, fire) {
        // The deadline of a call is no pause between calls.
        if (delayMs !== 30_000) pauses.push(delayMs);
        return clock.startTimer(delayMs, fire);
      },
    },
    random: () => chance,
    log,
  });
  running.push(antiIdle);
  /** Until the next call is due, and has been made. */
  const nextCall = async (): Promise<void> => {
    const { length } = pauses;
    clock.advance(pauses[length - 1] ?? 0);
    while (pauses.length === length) await turn();
  };
  const warnings = (): string[] => lines.filter((line) => line.startsWith("warn"));
  return { router, close, clock, pauses, lines, warnings, antiIdle, nextCall };
};

describe("anti-idle", () => {
  test("says at the start in one sentence what it can and cannot do", async () => {
    const { lines } = await setUp();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^info Anti-idle calls HEROKU_APP_URL every 25 minutes .* eco dyno .* basic .*never sleep/,
    );
  });

  test("calls /live of its own address with a name, soon and then in time", async () => {
    const { router, pauses, lines, nextCall } = await setUp();
    await nextCall();
    await nextCall();
    expect(router.requests.map(({ method, url }) => `${String(method)} ${String(url)}`)).toEqual([
      "GET /live",
      "GET /live",
    ]);
    expect(router.requests[0]?.headers["user-agent"]).toBe("BLACKSKY-MD anti-idle");
    expect(pauses).toEqual([MINUTE_MS, 25 * MINUTE_MS, 25 * MINUTE_MS]);
    expect(lines.slice(1)).toEqual(["info Anti-idle works: a call came back through the platform's router."]);
  });

  test("leaves a fifth of the wait to chance, and never waits longer than asked for", async () => {
    const { pauses, nextCall } = await setUp({ chance: 0.999_999 });
    await nextCall();
    expect(pauses.at(-1)).toBe(20 * MINUTE_MS);
  });

  test("warns where the interval is too long to help", async () => {
    expect((await setUp({ intervalMs: 30 * MINUTE_MS })).warnings()).toHaveLength(1);
  });

  test.each<[string, Answer, RegExp]>([
    ["a router without a dyno", { status: 503 }, /it answered HTTP 503\./],
    ["somebody else's page", {}, /something that is not this bot/],
    [
      "another instance",
      { headers: { ...HOME.headers, "x-blacksky-instance": "other" } },
      /another instance of the bot/,
    ],
    ["this process, past the router", { headers: { "x-blacksky-instance": OURS } }, /past the platform's router/],
  ])("notices that it is answered by %s", async (_name, answer, warning) => {
    const { router, warnings, nextCall } = await setUp();
    router.answer = answer;
    await nextCall();
    expect(warnings()).toEqual([expect.stringMatching(warning)]);
  });

  test("warns once while it fails, tries again soon and then ever later, and says when it works again", async () => {
    const { router, pauses, lines, warnings, nextCall } = await setUp();
    router.answer = { status: 503 };
    for (let call = 0; call < 7; call += 1) await nextCall();
    expect(warnings()).toHaveLength(1);
    expect(pauses.slice(1).map((ms) => ms / MINUTE_MS)).toEqual([1, 2, 4, 8, 16, 25, 25]);
    router.answer = HOME;
    await nextCall();
    expect(lines.at(-1)).toContain("works again");
    router.answer = { status: 500 };
    await nextCall();
    expect(warnings()).toHaveLength(2);
  });

  test("gives up a call that is not answered, and tells no address of one that cannot be made", async () => {
    const { router, clock, close, pauses, lines, warnings, nextCall } = await setUp();
    router.answer = undefined;
    clock.advance(MINUTE_MS);
    while (router.requests.length === 0) await turn();
    clock.advance(30_000);
    while (pauses.length === 1) await turn();
    expect(warnings()).toEqual([expect.stringContaining("it did not answer in time")]);
    close();
    await nextCall();
    expect(lines.at(-1)).toMatch(/it could not be reached \((ECONNREFUSED|UND_ERR_SOCKET)\)/);
    for (const line of lines) expect(line).not.toContain("127.0.0.1");
  });

  test("ends at once, also in the middle of a call, without a word", async () => {
    const { router, clock, antiIdle, lines } = await setUp();
    router.answer = undefined;
    clock.advance(MINUTE_MS);
    while (router.requests.length === 0) await turn();
    antiIdle.stop();
    while (clock.pending > 0) await turn();
    expect(lines).toHaveLength(1);
  });
});
