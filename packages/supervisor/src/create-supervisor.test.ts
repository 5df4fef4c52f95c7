import { describe, expect, test } from "@jest/globals";
import { createSupervisor } from "./create-supervisor.ts";
import { specOf } from "./testing/contexts.ts";
import { createStage } from "./testing/stage.ts";

describe("starting", () => {
  test("is in order, each child when the one before it is ready", async () => {
    const stage = createStage();
    stage.supervisor.start();
    await stage.settle();
    expect(stage.states()).toBe("starting stopped stopped");
    await stage.ready("backup");
    expect(stage.states()).toBe("running starting stopped");
    await stage.ready("bot");
    await stage.ready("keeper");
    await stage.supervisor.started;
    expect(stage.channels).toEqual(["backup 1", "bot 1", "keeper 1"]);
    expect(stage.changes.at(-1)).toBe("running running running");
  });

  test("goes on with the restarted child when one dies before it is ready", async () => {
    const stage = createStage();
    stage.supervisor.start();
    stage.processes.newest("backup").die(1);
    await stage.settle();
    expect(stage.states()).toBe("backing-off stopped stopped");
    await stage.pass(500);
    await stage.ready("backup");
    expect(stage.states()).toBe("running starting stopped");
  });

  test("goes on behind a transient child that has done its work", async () => {
    const stage = createStage([specOf({ id: "migrate", restart: "transient" }), specOf({ id: "bot" })]);
    stage.supervisor.start();
    stage.processes.newest("migrate").die(0);
    await stage.settle();
    expect(stage.states()).toBe("stopped starting");
  });

  test("of no children is done at once, and so is their stop", async () => {
    const { supervisor } = createStage([]);
    supervisor.start();
    await supervisor.started;
    await expect(supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: [] });
  });

  test("refuses two children of one name", () => {
    const options = { intensity: { restarts: 1, periodMs: 1 }, onChannel: () => undefined, onChange: () => undefined };
    const silent = () => undefined;
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const make = () => createSupervisor({ ...options, log, children: [specOf(), specOf()] });
    expect(make).toThrow(expect.objectContaining({ code: "supervisor.duplicateChild" }));
  });
});

describe("stopping", () => {
  test("is in reverse order, sums what was left undone, and is the same for every caller", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.behaviour("bot").unfinished = 3;
    const stopped = stage.supervisor.stop("SIGTERM");
    expect(stage.supervisor.stop("SIGTERM again")).toBe(stopped);
    await expect(stopped).resolves.toEqual({ unfinished: 3, killed: [] });
    await expect(stage.supervisor.ended).resolves.toEqual({ reason: "stopped" });
    const order = stage.lines.filter(({ message }) => message.includes("is asked to end: SIGTERM."));
    expect(order.map(({ fields }) => fields?.["child"])).toEqual(["keeper", "bot", "backup"]);
    expect(stage.clock.pending).toBe(0);
  });

  test("kills a child that does not obey when its time is over, and names it", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.behaviour("bot").obeysShutdown = false;
    const stopped = stage.supervisor.stop("test");
    await stage.settle();
    await stage.pass(1900);
    expect(stage.states()).toBe("running stopping stopped");
    await stage.pass(100);
    await expect(stopped).resolves.toEqual({ unfinished: 0, killed: ["bot"] });
  });

  test("goes on without a child that even SIGKILL does not end", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.behaviour("bot").obeysShutdown = false;
    stage.processes.behaviour("bot").diesWhenKilled = false;
    const stopped = stage.supervisor.stop("test");
    await stage.settle();
    await stage.pass(5000);
    await expect(stopped).resolves.toEqual({ unfinished: 0, killed: ["bot"] });
  });

  test("does not ask a brutal_kill child", async () => {
    const stage = createStage([specOf({ shutdownMs: "brutal_kill" })]);
    await stage.startAll();
    await expect(stage.supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: ["bot"] });
  });

  test("while one starts and another backs off ends both, and restarts nobody", async () => {
    const stage = createStage();
    stage.supervisor.start();
    await stage.ready("backup");
    stage.processes.newest("backup").die(1);
    await stage.settle();
    expect(stage.states()).toBe("backing-off starting stopped");
    await expect(stage.supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: [] });
    await stage.pass(60_000);
    expect(stage.processes.all).toHaveLength(2);
    expect(stage.clock.pending).toBe(0);
  });

  test("does not restart a child that dies by itself meanwhile", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.behaviour("keeper").obeysShutdown = false;
    const stopped = stage.supervisor.stop("test");
    stage.processes.newest("bot").die(1);
    await stage.pass(2000);
    await expect(stopped).resolves.toEqual({ unfinished: 0, killed: ["keeper"] });
    expect(stage.processes.all).toHaveLength(3);
  });

  test("before the start ends at once", async () => {
    const { supervisor, processes } = createStage();
    await expect(supervisor.stop("test")).resolves.toEqual({ unfinished: 0, killed: [] });
    supervisor.start();
    expect(processes.all).toHaveLength(0);
  });
});

describe("recycling", () => {
  test("starts again at once, and is not counted against the intensity", async () => {
    const stage = createStage();
    await stage.startAll();
    for (let times = 0; times < 10; times += 1) {
      stage.supervisor.recycle("bot", "memory");
      await stage.settle();
      await stage.ready("bot");
    }
    expect(stage.supervisor.children()[1]).toMatchObject({
      state: "running",
      generation: 11,
      restarts: 0,
      lastExit: { code: 0, reason: "memory" },
    });
  });

  test("kills a child that does not obey, then starts again", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.behaviour("bot").obeysShutdown = false;
    stage.supervisor.recycle("bot", "memory");
    await stage.pass(2000);
    expect(stage.states()).toBe("running starting running");
    expect(stage.processes.all).toHaveLength(4);
  });

  test("shortens a back-off", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.processes.newest("bot").die(1);
    await stage.settle();
    stage.supervisor.recycle("bot", "asked for");
    expect(stage.states()).toBe("running starting running");
  });

  test("gives way to a stop", async () => {
    const stage = createStage();
    await stage.startAll();
    stage.supervisor.recycle("bot", "memory");
    await stage.supervisor.stop("test");
    expect(stage.processes.all).toHaveLength(3);
  });

  test("of nobody is an error", () => {
    const recycle = () => createStage().supervisor.recycle("nobody", "test");
    expect(recycle).toThrow(expect.objectContaining({ code: "supervisor.unknownChild" }));
  });
});
