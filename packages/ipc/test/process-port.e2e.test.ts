import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createChannel } from "../src/channel.ts";
import { createProcessPort } from "../src/process-port.ts";
import { echo, leave, started } from "./fixtures/messages.ts";

const tsx = createRequire(import.meta.url).resolve("tsx");
const deadlineMs = 10_000;
const children: ChildProcess[] = [];

const start = async () => {
  const script = fileURLToPath(new URL("fixtures/echoes.ts", import.meta.url));
  const child = fork(script, { execArgv: ["--import", tsx], serialization: "advanced" });
  children.push(child);
  const exited = once(child, "exit");
  const onViolation = jest.fn();
  const port = createProcessPort(child);
  const channel = createChannel({ port, onViolation });
  await new Promise<void>((resolve) => channel.on(started, () => resolve()));
  return { child, port, channel, exited, onViolation };
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("a port to a real process", () => {
  test("carries bytes, maps, sets, dates and undefined unchanged, there and back", async () => {
    const { channel } = await start();
    const body = {
      bytes: new Uint8Array([0, 127, 255]),
      map: new Map([["a", 2n ** 70n]]),
      set: new Set([1, 2]),
      date: new Date(1_700_000_000_123),
      nothing: undefined,
    };
    await expect(channel.request(echo, body, { deadlineMs })).resolves.toEqual(body);
  });

  test("carries many large messages at once without losing or mixing any", async () => {
    const { channel } = await start();
    const requests = Array.from({ length: 50 }, async (_, index) => {
      const bytes = new Uint8Array(100_000).fill(index);
      const body = { bytes, map: new Map(), set: new Set<number>(), date: new Date(index), nothing: undefined };
      const reply = await channel.request(echo, body, { deadlineMs });
      return Buffer.compare(Buffer.from(reply["bytes"] as Uint8Array), bytes) === 0;
    });
    const expected = Array.from({ length: 50 }, () => true);
    await expect(Promise.all(requests)).resolves.toEqual(expected);
  });

  test("closes when the process is killed, and what waits is rejected", async () => {
    const { child, channel, exited } = await start();
    const closed = new Promise<void>((resolve) => channel.onClose(resolve));
    child.kill("SIGSTOP");
    const request = channel.request(leave, {}, { deadlineMs });
    child.kill("SIGKILL");
    await expect(request).rejects.toMatchObject({ code: "ipc.closed" });
    await closed;
    await exited;
  });

  test("closes when the other side leaves; sending then is no error", async () => {
    const { port, channel, exited } = await start();
    const closed = new Promise<void>((resolve) => channel.onClose(resolve));
    await channel.request(leave, {}, { deadlineMs });
    await closed;
    expect(() => port.send({ kind: "event", type: "test.late", body: {} })).not.toThrow();
    await exited;
  });

  test("lets the child find out that its parent speaks nonsense", async () => {
    const { child, exited } = await start();
    child.send("nonsense");
    await expect(exited).resolves.toEqual([65, null]);
  });
});
