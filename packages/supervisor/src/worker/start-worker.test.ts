import { describe, expect, jest, test } from "@jest/globals";
import { EXIT, type ExitCode } from "@blacksky/errors";
import { createChannel, createProcessPort, type IpcEndpoint } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { control, PROTOCOL_VERSION } from "@blacksky/protocol";
import { EventEmitter } from "node:events";
import { startWorker } from "./start-worker.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

class Endpoint extends EventEmitter {
  connected = true;
  other: Endpoint | undefined;
  send(message: unknown, callback: (error: Error | null) => void): boolean {
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.other?.emit("message", copy));
    callback(null);
    return true;
  }
}

const start = (onShutdown = jest.fn(() => Promise.resolve({ unfinished: 0 }))) => {
  const outside = new Endpoint();
  const inside = new Endpoint();
  outside.other = inside;
  inside.other = outside;
  const cut = (): void => {
    for (const end of [outside, inside]) {
      end.connected = false;
      end.emit("disconnect");
    }
  };
  const clock = createFakeClock();
  const heard: string[] = [];
  const parent = createChannel({ port: createProcessPort(outside), clock, onViolation: jest.fn() });
  const hellos: unknown[] = [];
  parent.on(control.hello, (body) => hellos.push(body));
  parent.on(control.ready, () => heard.push("ready"));
  parent.on(control.draining, () => heard.push("draining"));
  parent.on(control.memorySampled, ({ heapUsedBytes, heapLimitBytes }) => {
    heard.push(heapUsedBytes > 0 && heapUsedBytes < heapLimitBytes ? "memory" : "nonsense");
  });
  const exit = jest.fn<(code: ExitCode) => void>();
  const log = { info: jest.fn(), error: jest.fn() };
  const endpoint = inside as IpcEndpoint;
  const onTrim = (): void => void heard.push("trim");
  const known = { endpoint, pid: 7, build: "1.2.3", log, exit, clock };
  const worker = startWorker({ ...known, onShutdown, onTrim, memorySampleMs: 1000 });
  return { outside, cut, clock, heard, hellos, parent, exit, log, worker, onShutdown };
};

const never = () => jest.fn(() => new Promise<{ unfinished: number }>(() => undefined));
const shutDown = (deadlineMs = 500) => ({ body: { deadlineMs }, options: { deadlineMs: 1000 } });

describe("a worker", () => {
  test("lets go of what it can do without when it is told to, and says what it takes then", async () => {
    const { parent, heard, clock } = start();
    await settle();
    parent.emit(control.trimRequested, {});
    await settle();
    expect(heard).toEqual(["memory", "trim", "memory"]);
    // The next look is a whole interval later.
    clock.advance(999);
    await settle();
    expect(heard).toHaveLength(3);
    clock.advance(1);
    await settle();
    expect(heard).toHaveLength(4);
  });

  test("says hello first, then tells of its memory, and is ready when it says so", async () => {
    const { worker, heard, hellos, clock } = start();
    await settle();
    expect(hellos).toEqual([{ protocolVersion: PROTOCOL_VERSION, build: "1.2.3", pid: 7 }]);
    worker.ready();
    clock.advance(2000);
    await settle();
    expect(heard).toEqual(["memory", "ready", "memory", "memory"]);
  });

  test("answers pings", async () => {
    const { parent } = start();
    await expect(parent.request(control.ping, {}, { deadlineMs: 1000 })).resolves.toEqual({});
  });

  test("drains when told to, answers what it left undone, then ends", async () => {
    const { parent, heard, exit, onShutdown, clock } = start(jest.fn(() => Promise.resolve({ unfinished: 3 })));
    const { body, options } = shutDown();
    exit.mockImplementation(() => heard.push("exit"));
    const reply = parent.request(control.shutdown, body, options).then((outcome) => heard.push("reply") && outcome);
    await expect(reply).resolves.toEqual({ unfinished: 3 });
    await settle();
    expect(onShutdown.mock.calls).toEqual([[500, true]]);
    expect(heard).toEqual(["memory", "draining", "reply", "exit"]);
    expect(exit).toHaveBeenCalledWith(EXIT.ok);
    expect(clock.pending).toBe(0);
  });

  test("drains and ends once, however often it is asked and whatever happens meanwhile", async () => {
    const { parent, exit, onShutdown, cut } = start();
    const { body, options } = shutDown();
    await Promise.all([
      parent.request(control.shutdown, body, options),
      parent.request(control.shutdown, body, options),
    ]);
    cut();
    await settle();
    expect(onShutdown).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[EXIT.ok]]);
  });

  test("whose stop fails says so, counts it as undone, and ends all the same", async () => {
    const { parent, exit, log } = start(jest.fn(() => Promise.reject(new Error("disk"))));
    const { body, options } = shutDown();
    await expect(parent.request(control.shutdown, body, options)).resolves.toEqual({ unfinished: 1 });
    await settle();
    expect(log.error.mock.calls[0]?.[0]).toContain("disk");
    expect(exit).toHaveBeenCalledWith(EXIT.ok);
  });

  test("drains and ends by itself when its parent is gone", async () => {
    const { cut, exit, onShutdown } = start();
    cut();
    await settle();
    expect(onShutdown).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[EXIT.ok]]);
  });

  test("ends even when its drain never does", async () => {
    const { cut, exit, log, clock } = start(never());
    cut();
    await settle();
    clock.advance(10_999);
    await settle();
    expect(exit).not.toHaveBeenCalled();
    clock.advance(1);
    await settle();
    expect(exit.mock.calls).toEqual([[EXIT.ok]]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });

  test("loses its parent in the middle of a drain that never ends, and ends", async () => {
    const { parent, cut, exit, clock } = start(never());
    const { body, options } = shutDown();
    const reply = parent.request(control.shutdown, body, options);
    await settle();
    cut();
    await expect(reply).rejects.toMatchObject({ code: "ipc.closed" });
    clock.advance(11_000);
    await settle();
    expect(exit.mock.calls).toEqual([[EXIT.ok]]);
  });

  test("ends with the code it gives, after a drain", async () => {
    const { worker, exit, heard, onShutdown } = start();
    await worker.end(EXIT.unavailable);
    await settle();
    expect(onShutdown).toHaveBeenCalledTimes(1);
    expect(heard).toContain("draining");
    expect(exit.mock.calls).toEqual([[EXIT.unavailable]]);
  });

  test("ends when its parent speaks nonsense", async () => {
    const { outside, exit, onShutdown } = start();
    outside.send("nonsense", () => undefined);
    await settle();
    expect(onShutdown).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[EXIT.protocol]]);
  });
});
