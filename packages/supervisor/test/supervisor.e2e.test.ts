import { afterEach, describe, expect, test } from "@jest/globals";
import { EXIT } from "@blacksky/errors";
import { createSpawn, type ChildSpec, type SupervisorOptions } from "../src/index.ts";
import { createHarness, isAlive, specOf, type Harness } from "./harness.ts";

const harnesses: Harness[] = [];

const open = (children: readonly ChildSpec[], more: Partial<SupervisorOptions> = {}): Harness => {
  const harness = createHarness(children, more);
  harnesses.push(harness);
  return harness;
};

afterEach(async () => {
  await Promise.all(harnesses.splice(0).map(({ supervisor }) => supervisor.stop("the test is over")));
});

const well = (id: string, more: Partial<ChildSpec> = {}): ChildSpec => specOf("well-behaved", { id, ...more });

describe("a supervisor of real processes", () => {
  test("starts them in order and stops them in reverse, with what they left undone", async () => {
    const { supervisor, view, log } = open([well("first", { env: { UNFINISHED: "2" } }), well("second")]);
    supervisor.start();
    await supervisor.started;
    const pids = [view("first").pid, view("second").pid];
    expect(view("first").startedAt).toBeLessThan(view("second").startedAt ?? 0);
    expect(pids.every((pid) => pid !== null && isAlive(pid))).toBe(true);

    await expect(supervisor.stop("test")).resolves.toEqual({ unfinished: 2, killed: [] });
    await expect(supervisor.ended).resolves.toEqual({ reason: "stopped" });
    expect(pids.some((pid) => pid !== null && isAlive(pid))).toBe(false);
    const ends = log.filter((line) => line.includes("as asked"));
    expect(ends).toEqual(["second exited with code 0, as asked.", "first exited with code 0, as asked."]);
  });

  test("replaces one that was killed, and leaves its neighbour alone", async () => {
    const { supervisor, view, until } = open([well("first"), well("second")]);
    supervisor.start();
    await supervisor.started;
    const [neighbour, victim] = [view("first").pid, view("second").pid ?? 0];
    process.kill(victim, "SIGKILL");
    await until("the second is replaced", () => view("second").generation === 2 && view("second").state === "running");
    expect(view("second")).toMatchObject({ restarts: 1, lastExit: { code: null, signal: "SIGKILL" } });
    expect(view("second").pid).not.toBe(victim);
    expect(view("first")).toMatchObject({ pid: neighbour, generation: 1 });
  });

  test("replaces one that was stopped by SIGSTOP and answers no more", async () => {
    const { supervisor, view, until } = open([well("bot")]);
    supervisor.start();
    await supervisor.started;
    const stopped = view("bot").pid ?? 0;
    process.kill(stopped, "SIGSTOP");
    await until("it is replaced", () => view("bot").generation === 2 && view("bot").state === "running");
    expect(view("bot").lastExit?.reason).toBe("did not answer for 1500 ms");
    expect(isAlive(stopped)).toBe(false);
  });

  test("kills one whose loop is busy for ever", async () => {
    const { supervisor, view, until } = open([specOf("hangs")]);
    supervisor.start();
    await until("it is replaced", () => view("hangs").generation === 2);
    expect(view("hangs").lastExit).toMatchObject({ signal: "SIGKILL", reason: "did not answer for 1500 ms" });
  });

  test("kills one that is not ready in time, and starts nobody after it", async () => {
    const { supervisor, view, until } = open([specOf("never-ready", { startMs: 1500 }), well("second")]);
    supervisor.start();
    await until("it is replaced", () => view("never-ready").generation === 2);
    expect(view("never-ready").lastExit?.reason).toBe("was not ready within 1500 ms");
    expect(view("second").generation).toBe(0);
  });

  test("kills one that sends what no schema accepts, and counts it as a crash", async () => {
    const { supervisor } = open([specOf("sends-garbage")], { intensity: { restarts: 1, periodMs: 60_000 } });
    supervisor.start();
    const end = await supervisor.ended;
    expect(end).toMatchObject({ reason: "escalated", exitCode: EXIT.escalated, child: "sends-garbage" });
    expect(supervisor.children()[0]?.lastExit?.reason).toMatch(/^broke the protocol/);
  });

  test("recycles one without counting it", async () => {
    const { supervisor, view, until } = open([well("bot")], { intensity: { restarts: 0, periodMs: 60_000 } });
    supervisor.start();
    await supervisor.started;
    supervisor.recycle("bot", "memory");
    await until("it runs again", () => view("bot").generation === 2 && view("bot").state === "running");
    expect(view("bot")).toMatchObject({ restarts: 0, lastExit: { code: 0, reason: "memory" } });
  });

  test("gives children only their own environment and flags, never its own", async () => {
    const script = specOf("well-behaved").script.replace("well-behaved", "tells-its-surroundings");
    const told: unknown[] = [];
    const { supervisor } = open([{ ...well("bot", { env: { ONLY: "this" } }), script }], {
      onChannel: (_id, channel) => channel.onClose(() => undefined),
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: (message) => told.push(message),
      },
    });
    supervisor.start();
    // The fixture exits with `config` when anything else is there.
    await supervisor.started;
    expect(told).toEqual([]);
  });
});

describe("giving up", () => {
  test("comes with one crash too many; those who live are stopped in order first", async () => {
    const { supervisor, view } = open([well("first"), specOf("exits-at-once")]);
    supervisor.start();
    const end = await supervisor.ended;
    expect(end).toMatchObject({ reason: "escalated", exitCode: EXIT.escalated, child: "exits-at-once" });
    expect(view("exits-at-once")).toMatchObject({ state: "failed", generation: 4, restarts: 3, lastExit: { code: 1 } });
    expect(view("first")).toMatchObject({ state: "stopped", lastExit: { code: 0 } });
  });

  test.each([EXIT.config, EXIT.protocol, EXIT.unavailable])(
    "comes at once after exit code %d, with that code",
    async (code) => {
      const { supervisor } = open([specOf("exits-at-once", { env: { EXIT_CODE: String(code) } })]);
      supervisor.start();
      await expect(supervisor.ended).resolves.toMatchObject({ reason: "escalated", exitCode: code });
      expect(supervisor.children()[0]?.generation).toBe(1);
    },
  );

  test("comes at once when a child speaks another version, and that child is killed", async () => {
    const { supervisor, view } = open([specOf("other-protocol-version")]);
    supervisor.start();
    await expect(supervisor.ended).resolves.toMatchObject({ reason: "escalated", exitCode: EXIT.protocol });
    expect(view("other-protocol-version")).toMatchObject({
      state: "failed",
      generation: 1,
      lastExit: { signal: "SIGKILL" },
    });
  });

  test("comes when a child cannot even be started: no Node there, or an environment that does not fit", async () => {
    const missing = open([well("bot")], { spawn: createSpawn("/nowhere/node") });
    const tooBig = open([well("bot", { env: { BIG: "x".repeat(3_000_000) } })]);
    for (const [{ supervisor, log }, reason] of [
      [missing, "ENOENT"],
      [tooBig, "E2BIG"],
    ] as const) {
      supervisor.start();
      await expect(supervisor.ended).resolves.toMatchObject({ reason: "escalated", exitCode: EXIT.escalated });
      expect(log.some((line) => line.startsWith("bot could not be started") && line.includes(reason))).toBe(true);
    }
  });
});

describe("stopping", () => {
  test("is bounded by the shutdown time of a child that ignores the order", async () => {
    const { supervisor } = open([well("first"), specOf("ignores-shutdown", { shutdownMs: 500 })]);
    supervisor.start();
    await supervisor.started;
    const begin = performance.now();
    await expect(supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: ["ignores-shutdown"] });
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test("is bounded also when a child is stopped by SIGSTOP", async () => {
    const { supervisor, view } = open([well("bot", { shutdownMs: 500 })]);
    supervisor.start();
    await supervisor.started;
    process.kill(view("bot").pid ?? 0, "SIGSTOP");
    await expect(supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: ["bot"] });
  });

  test("in the middle of the start ends who is there and starts nobody else", async () => {
    const { supervisor, view, until } = open([specOf("never-ready"), well("second")]);
    supervisor.start();
    await until("there is a process", () => view("never-ready").pid !== null);
    await expect(supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: [] });
    expect(view("never-ready").lastExit?.code).toBe(0);
    expect(view("second").generation).toBe(0);
  });
});
