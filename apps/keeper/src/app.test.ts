import { parseEnv, type EnvSource } from "@blacksky/config";
import { createChannel, linkPorts } from "@blacksky/ipc";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { startKeeper } from "./app.ts";

const failOnViolation = (error: Error): never => {
  throw error;
};

const linesWith = (env: EnvSource): string[] => {
  const lines: string[] = [];
  const log = createTestLogger((level, message) => {
    if (level !== "debug") lines.push(message);
  });
  const clock = createFakeClock();
  const channel = createChannel({ port: linkPorts().child, clock, onViolation: failOnViolation });
  const keeper = startKeeper({ channel, env: parseEnv(env), clock, random: () => 0, log });
  keeper.stop();
  expect(clock.pending).toBeLessThanOrEqual(1);
  return lines.filter((line) => line.includes("Anti-idle"));
};

describe("the keeper", () => {
  const url = "https://your-app.herokuapp.com";
  test("calls its public address where it has one and is not told otherwise", () => {
    expect(linesWith({ HEROKU_APP_URL: url })).toHaveLength(1);
  });

  test.each<[string, EnvSource]>([
    ["there is no public address", {}],
    ["it is off", { HEROKU_APP_URL: url, ENABLE_ANTI_IDLE: "false" }],
  ])("is silent about it when %s", (_name, env) => {
    expect(linesWith(env)).toEqual([]);
  });
});
