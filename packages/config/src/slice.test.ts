import { describe, expect, test } from "@jest/globals";
import { describe as describeVariables } from "./describe.ts";
import { parseEnv } from "./parse-env.ts";
import { plannedVariables, secretValues, sliceFor } from "./slice.ts";
import type { Role } from "./variable-registry.ts";

const key = "k".repeat(40);
const previousKey = "p".repeat(40);
const source = {
  PATH: "/bin",
  HOME: "/home/bot",
  NODE_ENV: "test",
  TZ: "Europe/Berlin",
  DEBUG: "true",
  DATABASE_URL: "postgres://user:p%40ssword@host/db",
  SESSION_ENCRYPTION_KEY: key,
  SESSION_ENCRYPTION_KEY_PREVIOUS: previousKey,
  ADMIN_TOKEN: "t".repeat(20),
  OWNER_NUMBER: "4915112345678",
  ALERT_WEBHOOK_URL: "https://ntfy.sh/secret-a https://example.com/secret-b",
  RECONNECT_MAX_DELAY: "5000",
  WHATSAPP_WS_URL: "ws://127.0.0.1:1/ws",
  BOT_NAME: "",
  AWS_SECRET_ACCESS_KEY: "somebody else's",
};

describe("sliceFor", () => {
  test("the keeper sees neither the database nor a key", () => {
    expect(sliceFor("keeper", source)).toEqual({
      PATH: "/bin",
      HOME: "/home/bot",
      NODE_ENV: "test",
      TZ: "Europe/Berlin",
      DEBUG: "true",
      RECONNECT_MAX_DELAY: "5000",
    });
  });

  test("only the backup worker sees the database and the key of the session", () => {
    const roles: Role[] = ["runner", "bot", "keeper", "backup"];
    for (const name of ["DATABASE_URL", "SESSION_ENCRYPTION_KEY", "SESSION_ENCRYPTION_KEY_PREVIOUS"]) {
      expect(roles.filter((role) => name in sliceFor(role, source))).toEqual(["backup"]);
    }
  });

  test("a slice reads like the whole, as far as the child uses it", () => {
    const { RECONNECT_MAX_DELAY, WHATSAPP_WS_URL, OWNER_NUMBER } = parseEnv(source);
    expect(parseEnv(sliceFor("bot", source))).toMatchObject({ RECONNECT_MAX_DELAY, WHATSAPP_WS_URL, OWNER_NUMBER });
  });
});

describe("secretValues", () => {
  test("names every secret that is set, and the database's password as written and as meant", () => {
    expect(secretValues(parseEnv(source)).sort()).toEqual(
      [
        source.DATABASE_URL,
        "p%40ssword",
        "p@ssword",
        key,
        previousKey,
        source.ADMIN_TOKEN,
        "4915112345678",
        "https://ntfy.sh/secret-a",
        "https://example.com/secret-b",
      ].sort(),
    );
  });

  test("is empty where nothing is secret", () => {
    expect(secretValues(parseEnv({}))).toEqual([]);
  });
});

describe("describe", () => {
  test("every variable says what it is for and who uses it", () => {
    const variables = describeVariables();
    expect(variables.length).toBeGreaterThan(30);
    for (const variable of variables) {
      expect(variable.description).toMatch(/^[A-Z`].*\.$/);
      expect(variable.usedBy.length).toBeGreaterThan(0);
    }
  });

  test("defaults are as they would be written, and read back as the defaults", () => {
    const written = Object.fromEntries(describeVariables().map((variable) => [variable.name, variable.default]));
    expect(written).toMatchObject({ PORT: "3000", QUIET_HOURS: "0-6", DEBUG: "false", OWNER_NUMBER: undefined });
    expect(parseEnv(written)).toEqual(parseEnv({}));
  });
});

describe("variables without effect yet", () => {
  test("are named when somebody has set them, but not when the platform has", () => {
    expect(plannedVariables({ LANGUAGE: "de", PREFIX: "!", DYNO: "web.1", HEROKU: "true" })).toEqual(["LANGUAGE"]);
    expect(plannedVariables({})).toEqual([]);
  });
});
