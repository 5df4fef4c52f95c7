import { describe, expect, test } from "@jest/globals";
import { EXIT } from "@blacksky/errors";
import { PROTOCOL_VERSION } from "@blacksky/protocol";
import { specOf } from "./testing/contexts.ts";
import { createStage } from "./testing/stage.ts";

describe("a child that dies", () => {
  test("is alone restarted: at once after a stable run, then with back-off until it is stable again", async () => {
    const stage = createStage(undefined, { intensity: { restarts: 10, periodMs: 60_000 } });
    await stage.startAll();
    await stage.pass(10_000);
    const waits: unknown[] = [];
    for (let deaths = 0; deaths < 4; deaths += 1) {
      stage.processes.newest("bot").die(1);
      await stage.settle();
      const waitMs = stage.lines.findLast(({ level }) => level === "warn")?.fields?.["delayMs"];
      waits.push(waitMs);
      await stage.pass(Math.max(1, Number(waitMs)));
      await stage.ready("bot");
    }
    expect(waits).toEqual([0, 500, 1000, 2000]);
    await stage.pass(10_000);
    stage.processes.newest("bot").die(1);
    await stage.settle();
    expect(stage.lines.findLast(({ level }) => level === "warn")?.fields?.["delayMs"]).toBe(0);
    const [backup, bot] = stage.supervisor.children();
    expect([backup?.generation, bot?.generation]).toEqual([1, 5]);
  });

  test("is seen with its generation, restarts and last exit", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.newest("bot").die(null, "SIGSEGV");
    await stage.settle();
    const at = stage.clock.now();
    expect(stage.supervisor.channel("bot")).toBeUndefined();
    expect(stage.supervisor.children()[1]).toEqual({
      id: "bot",
      state: "backing-off",
      generation: 1,
      pid: null,
      restarts: 0,
      startedAt: null,
      lastExit: { code: null, signal: "SIGSEGV", at, reason: "was killed by SIGSEGV" },
    });
    await stage.pass(500);
    expect(stage.supervisor.children()[1]).toMatchObject({ state: "starting", generation: 2, restarts: 1, pid: 103 });
    expect(stage.supervisor.channel("bot")).toBeDefined();
  });

  test("is told of in plain words", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.newest("bot").die(1);
    await stage.settle();
    expect(stage.lines.at(-1)).toEqual({
      level: "warn",
      message: "bot exited with code 1; restarting in 500 ms.",
      fields: { child: "bot", generation: 1, code: 1, signal: null, delayMs: 500 },
    });
  });

  test.each(["transient", "temporary"] as const)("and is %s is not restarted after exit code 0", async (restart) => {
    const stage = createStage([specOf({ id: "job", restart })]);
    await stage.startAll();
    stage.processes.newest("job").die(0);
    await stage.pass(60_000);
    expect(stage.states()).toBe("stopped");
  });

  test("and could not even be started counts as crashed, until the supervisor gives up", async () => {
    const stage = createStage([specOf()]);
    stage.processes.behaviour("bot").spawnFailure = "spawn ENOENT";
    stage.supervisor.start();
    await stage.pass(10_000);
    await expect(stage.supervisor.ended).resolves.toMatchObject({ reason: "escalated", exitCode: EXIT.escalated });
    expect(stage.lines.some(({ message }) => message.includes("bot could not be started: spawn ENOENT"))).toBe(true);
  });
});

describe("giving up", () => {
  test("comes with one restart too many, after the others were stopped in reverse order", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.behaviour("backup").unfinished = 2;
    for (const waitMs of [500, 1000, 2000]) {
      stage.processes.newest("bot").die(1);
      await stage.settle();
      await stage.pass(waitMs);
    }
    stage.processes.newest("bot").die(1);
    const end = await stage.supervisor.ended;
    expect(end).toMatchObject({ reason: "escalated", exitCode: EXIT.escalated, child: "bot" });
    expect(stage.states()).toBe("stopped failed stopped");
    const order = stage.lines.filter(({ message }) => message.includes("is asked to end"));
    expect(order.map(({ fields }) => fields?.["child"])).toEqual(["keeper", "backup"]);
    await expect(stage.supervisor.stop("too late")).resolves.toEqual({ unfinished: 2, killed: [] });
  });

  test("does not come when the restarts are spread over more than the period", async () => {
    const stage = createStage();
    await stage.startAll();
    for (let deaths = 0; deaths < 8; deaths += 1) {
      await stage.pass(20_000);
      stage.processes.newest("bot").die(1);
      await stage.settle();
      await stage.pass(100);
      await stage.ready("bot");
    }
    expect(stage.states()).toBe("running running running");
  });

  test.each([
    ["config", EXIT.config],
    ["protocol", EXIT.protocol],
    ["unavailable", EXIT.unavailable],
  ] as const)("comes at once when a child exits with %s, with the same code", async (_name, code) => {
    const stage = createStage();
    stage.supervisor.start();
    await stage.ready("backup");
    stage.processes.newest("bot").die(code);
    await expect(stage.supervisor.ended).resolves.toMatchObject({ exitCode: code, child: "bot" });
    expect(stage.states()).toBe("stopped failed stopped");
  });

  test("comes when a child says hello in another version, and the child is killed", async () => {
    const stage = createStage();
    stage.supervisor.start();
    stage.processes.newest("backup").hello(PROTOCOL_VERSION + 1);
    await expect(stage.supervisor.ended).resolves.toMatchObject({ exitCode: EXIT.protocol, child: "backup" });
    expect(stage.processes.newest("backup").killed).toBe(1);
    expect(stage.processes.all).toHaveLength(1);
  });
});

describe("a child that is killed", () => {
  test("did not answer pings; one that answers lives on", async () => {
    const stage = createStage();
    await stage.startAll();
    await stage.pass(60_000);
    expect(stage.processes.all).toHaveLength(3);
    stage.processes.behaviour("bot").answersPing = false;
    await stage.pass(4100);
    expect(stage.processes.all).toHaveLength(4);
    expect(stage.supervisor.children()[1]?.lastExit?.reason).toBe("did not answer for 3000 ms");
  });

  test("did not answer while it was starting, even without a start deadline", async () => {
    const stage = createStage([specOf({ startMs: null })]);
    stage.supervisor.start();
    stage.processes.behaviour("bot").answersPing = false;
    stage.processes.newest("bot").hello(PROTOCOL_VERSION);
    await stage.pass(3100);
    expect(stage.processes.newest("bot").killed).toBe(1);
  });

  test("never said hello, even without a start deadline", async () => {
    const stage = createStage([specOf({ startMs: null })]);
    stage.supervisor.start();
    await stage.pass(59_900);
    expect(stage.processes.newest("bot").killed).toBe(0);
    await stage.pass(100);
    expect(stage.processes.newest("bot").killed).toBe(1);
  });

  test("was not ready in time", async () => {
    const stage = createStage();
    stage.supervisor.start();
    stage.processes.newest("backup").hello(PROTOCOL_VERSION);
    await stage.pass(5000);
    expect(stage.supervisor.children()[0]?.lastExit?.reason).toBe("was not ready within 5000 ms");
    expect(stage.states()).toBe("backing-off stopped stopped");
  });

  test("spoke nonsense", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.newest("bot").babble();
    await stage.settle();
    expect(stage.processes.newest("bot").killed).toBe(1);
    expect(stage.states()).toBe("running backing-off running");
    expect(stage.supervisor.children()[1]?.lastExit?.reason).toMatch(/^broke the protocol/);
  });

  test("is not one that only we did not hear, because this process was asleep", async () => {
    const stage = createStage();
    await stage.startAll();
    await stage.oversleep(30_000);
    await stage.pass(10_000);
    expect(stage.processes.all).toHaveLength(3);
    stage.processes.behaviour("bot").answersPing = false;
    await stage.pass(5000);
    expect(stage.processes.all).toHaveLength(4);
  });

  test("could not be given its channel, and has no twin", async () => {
    const stage = createStage([specOf()], {
      onChannel: () => {
        throw new Error("no route");
      },
    });
    stage.supervisor.start();
    await stage.settle();
    expect(stage.processes.newest("bot").killed).toBe(1);
    expect(stage.states()).toBe("backing-off");
  });
});
