import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChildView, StopOutcome } from "../src/index.ts";
import { isAlive } from "./harness.ts";

interface Told {
  readonly children?: readonly ChildView[];
  readonly signal?: string;
  readonly outcome?: StopOutcome;
}

const WAIT_MS = 30_000;
let directory = "";
let parent: ChildProcess;
let pids: readonly number[] = [];

const told = (holds: (message: Told) => boolean): Promise<Told> =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error("was not told in time")), WAIT_MS);
    const listen = (message: unknown): void => {
      if (!holds(message as Told)) return;
      clearTimeout(deadline);
      parent.off("message", listen);
      resolve(message as Told);
    };
    parent.on("message", listen);
  });

/** Polls, because nobody who could tell is left; with a deadline. */
const until = async (holds: () => boolean): Promise<void> => {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error("not in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const trace = (): string[] => readFileSync(join(directory, "trace"), "utf8").trim().split("\n").toSorted();

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "blacksky-supervisor-"));
  const script = fileURLToPath(new URL("fixtures/supervises-two.ts", import.meta.url));
  // A process group of its own, as a dyno's processes have.
  parent = fork(script, {
    execArgv: ["--import", createRequire(import.meta.url).resolve("tsx")],
    env: { TRACE_FILE: join(directory, "trace") },
    serialization: "advanced",
    detached: true,
  });
  const { children } = await told(({ children: all }) => all?.every(({ state }) => state === "running") === true);
  pids = (children ?? []).flatMap(({ pid }) => pid ?? []);
});

afterEach(() => {
  for (const pid of [parent.pid ?? 0, ...pids]) if (pid > 0 && isAlive(pid)) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

describe("the children of a parent process", () => {
  test("drain and end by themselves when it is killed", async () => {
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill("SIGKILL");
    await until(() => !pids.some(isAlive));
    expect(trace()).toEqual(["first drained", "second drained"]);
  });

  test("ignore a SIGTERM to the whole group, even twice, and obey only the order to stop", async () => {
    const group = -(parent.pid ?? 0);
    for (let times = 0; times < 2; times += 1) {
      const heard = told(({ signal }) => signal === "SIGTERM");
      process.kill(group, "SIGTERM");
      await heard;
    }
    expect(pids.map(isAlive)).toEqual([true, true]);
    const stopped = told(({ outcome }) => outcome !== undefined);
    const exited = once(parent, "exit");
    parent.send("stop");
    await expect(stopped).resolves.toEqual({ outcome: { unfinished: 0, killed: [] } });
    await exited;
    expect(pids.map(isAlive)).toEqual([false, false]);
  });
});
