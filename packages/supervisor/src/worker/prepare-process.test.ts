import { describe, expect, test } from "@jest/globals";
import { prepareProcess, type WorkerProcess } from "./prepare-process.ts";

const createProcess = (env: Record<string, string>) => {
  const signals: string[] = [];
  let written = "";
  const process: WorkerProcess = {
    env,
    stderr: { write: (text) => (written += text) },
    on: (signal) => signals.push(signal),
    exit(code) {
      throw new Error(`exit ${String(code)}`);
    },
  };
  return { process, signals, written: () => written };
};

describe("the beginning of a worker's process", () => {
  test("listens to every signal of the dyno, so that none of them ends it", () => {
    const { process, signals } = createProcess({ NODE_ENV: "test" });
    const { env } = prepareProcess(process, "bot");
    expect(signals.toSorted()).toEqual(["SIGHUP", "SIGINT", "SIGTERM"]);
    expect(env.PREFIX).toBe(".");
  });

  test("ends with the configuration's exit code and every problem, when that cannot be used", () => {
    const { process, written } = createProcess({ PREFIX: "much too long", TZ: "Mars/Olympus" });
    expect(() => prepareProcess(process, "bot")).toThrow("exit 64");
    expect(written()).toContain("PREFIX");
    expect(written()).toContain("TZ");
  });
});
