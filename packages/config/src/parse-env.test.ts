import { describe, expect, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import { type EnvSource, parseEnv } from "./parse-env.ts";

const problemsOf = (source: EnvSource): string[] => {
  try {
    parseEnv(source);
  } catch (error) {
    expect(error).toBeInstanceOf(BlackskyError);
    expect(error).toMatchObject({ code: "config.invalid" });
    return (error as Error).message.split("\n").slice(1);
  }
  return [];
};

describe("parseEnv", () => {
  test("an empty environment is a whole configuration", () => {
    expect(parseEnv({})).toMatchObject({
      SESSION_ID: "BLACKSKY-MD",
      PREFIX: ".",
      LANGUAGE: "en",
      TZ: "UTC",
      OWNER_NUMBER: [],
      DATA_DIR: ".data",
      PORT: 3000,
      HEALTH_CHECK_PORT: 28_111,
      ENABLE_HEALTH_CHECK: true,
      BACKUP_INTERVAL: 30,
      BACKUP_RETENTION: 48,
      LEASE_TTL: 30_000,
      CONNECTION_CHECK_INTERVAL: 60_000,
      RECONNECT_INITIAL_DELAY: 3000,
      RECONNECT_MAX_DELAY: 60_000,
      RECONNECT_MAX_RETRIES: 15,
      SCHEDULED_RECONNECT_HOURS: 0,
      QUIET_HOURS: { fromHour: 0, toHour: 6 },
      ANTI_IDLE_INTERVAL: 1_500_000,
      MEMORY_CLEANUP_THRESHOLD: 70,
      MEMORY_EMERGENCY_THRESHOLD: 85,
      MEMORY_CHECK_INTERVAL: 10_000,
      OWNER_NOTICES: "important",
      INBOX_DURABILITY: "replicated",
      DEBUG: false,
      HEROKU: false,
    });
  });

  test("the result cannot be changed, not even inside", () => {
    const env = parseEnv({ OWNER_NUMBER: "4915112345678" });
    expect(Object.isFrozen(env)).toBe(true);
    expect(Object.isFrozen(env.QUIET_HOURS)).toBe(true);
    expect(Object.isFrozen(env.OWNER_NUMBER)).toBe(true);
  });

  test("empty and blank values count as absent, and others lose the spaces around them", () => {
    const env = parseEnv({ PORT: "", DATABASE_URL: "  ", BOT_NAME: " Sky \n", HEROKU_APP_URL: "" });
    expect(env).toMatchObject({ PORT: 3000, BOT_NAME: "Sky" });
    expect(env.DATABASE_URL).toBeUndefined();
    expect(env.HEROKU_APP_URL).toBeUndefined();
  });

  test.each(["true", "1", "yes", "on", "TRUE"])("%s is true", (value) => {
    expect(parseEnv({ ENABLE_ANTI_IDLE: value }).ENABLE_ANTI_IDLE).toBe(true);
  });

  test.each(["false", "0", "no", "off"])("%s is false", (value) => {
    expect(parseEnv({ ENABLE_ANTI_IDLE: value }).ENABLE_ANTI_IDLE).toBe(false);
  });

  test("phone numbers may be written as people write them", () => {
    const env = parseEnv({ OWNER_NUMBER: "+49 151 1234-5678, 1 (555) 010.0000,", PAIRING_NUMBER: "+49-1511234567" });
    expect(env.OWNER_NUMBER).toEqual(["4915112345678", "15550100000"]);
    expect(env.PAIRING_NUMBER).toBe("491511234567");
  });

  test("alerts may go to several addresses", () => {
    const env = parseEnv({ ALERT_WEBHOOK_URL: "https://ntfy.sh/a  slack+https://example.com/b, http://c.example/" });
    const addresses = ["https://ntfy.sh/a", "slack+https://example.com/b", "http://c.example/"];
    expect(env.ALERT_WEBHOOK_URL).toEqual(addresses);
    expect(parseEnv({}).ALERT_WEBHOOK_URL).toEqual([]);
  });

  test("quiet hours may cross midnight", () => {
    expect(parseEnv({ QUIET_HOURS: "22-6" }).QUIET_HOURS).toEqual({ fromHour: 22, toHour: 6 });
    expect(parseEnv({ QUIET_HOURS: "18-24" }).QUIET_HOURS).toEqual({ fromHour: 18, toHour: 0 });
  });

  test("what desktops and other tools set for themselves is understood", () => {
    expect(parseEnv({ LANGUAGE: "de_DE:en" }).LANGUAGE).toBe("de");
    expect(parseEnv({ LANGUAGE: "C" }).LANGUAGE).toBe("en");
    expect(parseEnv({ TZ: ":Europe/Berlin" }).TZ).toBe("Europe/Berlin");
    expect(parseEnv({ DEBUG: "baileys:*" }).DEBUG).toBe(true);
  });

  test("a dyno knows that it is on Heroku, unless told otherwise", () => {
    expect(parseEnv({ DYNO: "web.1" }).HEROKU).toBe(true);
    expect(parseEnv({ DYNO: "web.1", HEROKU: "false" }).HEROKU).toBe(false);
  });

  test("port 0 means any free one", () => {
    expect(parseEnv({ PORT: "0", HEALTH_CHECK_PORT: "0" })).toMatchObject({ PORT: 0, HEALTH_CHECK_PORT: 0 });
  });

  test("every problem is told at once, one a line, also those between two variables", () => {
    expect(
      problemsOf({
        PORT: "http",
        ENABLE_ANTI_IDLE: "maybe",
        TZ: "Mars/Olympus",
        MEMORY_CLEANUP_THRESHOLD: "90",
        RECONNECT_INITIAL_DELAY: "70000",
        WHATSAPP_ROOT_KEY: "ab".repeat(32),
      }),
    ).toEqual([
      `TZ="Mars/Olympus" must be a time zone such as Europe/Berlin or UTC`,
      `PORT="http" must be a port from 1 to 65535 (0 takes any free one)`,
      `ENABLE_ANTI_IDLE="maybe" must be true or false`,
      `MEMORY_CLEANUP_THRESHOLD="90" must be below MEMORY_EMERGENCY_THRESHOLD`,
      `RECONNECT_INITIAL_DELAY="70000" must be at most RECONNECT_MAX_DELAY`,
      "WHATSAPP_ROOT_KEY=(hidden, 64 characters) must be absent unless WHATSAPP_WS_URL names the server it belongs to",
    ]);
  });

  test("a rule between two variables is silent where one of them cannot be read", () => {
    expect(problemsOf({ MEMORY_EMERGENCY_THRESHOLD: "many", MEMORY_CLEANUP_THRESHOLD: "99" })).toHaveLength(1);
  });

  test("the key before the present one is another, and there is a present one", () => {
    const key = "k".repeat(40);
    const keys = { SESSION_ENCRYPTION_KEY: key, SESSION_ENCRYPTION_KEY_PREVIOUS: key };
    expect(problemsOf(keys)).toEqual([
      "SESSION_ENCRYPTION_KEY_PREVIOUS=(hidden, 40 characters) must be another one than SESSION_ENCRYPTION_KEY",
    ]);
    expect(problemsOf({ ...keys, SESSION_ENCRYPTION_KEY: "" })).toEqual([
      "SESSION_ENCRYPTION_KEY_PREVIOUS=(hidden, 40 characters) must be absent unless SESSION_ENCRYPTION_KEY, the new key, is set",
    ]);
    expect(problemsOf({ ...keys, SESSION_ENCRYPTION_KEY: "n".repeat(40) })).toEqual([]);
  });

  test("secrets are not repeated", () => {
    const [problem] = problemsOf({ SESSION_ENCRYPTION_KEY: "too-short-secret" });
    expect(problem).toBe("SESSION_ENCRYPTION_KEY=(hidden, 16 characters) must be at least 32 characters long");
    expect(problemsOf({ DATABASE_URL: "mysql://user:hunter2@host/db" }).join()).not.toContain("hunter2");
    expect(problemsOf({ OWNER_NUMBER: "4915112345678, call me" }).join()).not.toContain("49151");
  });

  test.each([
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "1e3"],
    ["HEALTH_CHECK_PORT", "80.5"],
    ["MEMORY_EMERGENCY_THRESHOLD", "101"],
    ["RECONNECT_MAX_RETRIES", "0"],
    ["BACKUP_INTERVAL", "0"],
    ["OWNER_NUMBER", "0151123456"],
    ["PAIRING_NUMBER", "12"],
    ["QUIET_HOURS", "0-25"],
    ["QUIET_HOURS", "night"],
    ["LANGUAGE", "English!"],
    ["SESSION_ID", "../other"],
    ["SESSION_ID", "x".repeat(65)],
    ["HEROKU_APP_URL", "ftp://example.com"],
    ["ALERT_WEBHOOK_URL", "example.com"],
    ["ALERT_WEBHOOK_URL", "https://example.com/x example.com"],
    ["ALERT_WEBHOOK_URL", "smoke+https://example.com"],
    ["ALERT_WEBHOOK_URL", "ntfy+ftp://example.com"],
    ["WHATSAPP_WS_URL", "https://example.com"],
    ["DATABASE_URL", "localhost:5432"],
    ["ADMIN_TOKEN", "short"],
    ["ADMIN_TOKEN", "a token with some spaces in it"],
    ["WHATSAPP_ROOT_KEY", "xyz"],
    ["OWNER_NOTICES", "loud"],
    ["INBOX_DURABILITY", "never"],
    ["NODE_ENV", "staging"],
    ["PREFIX", "bot"],
  ])("%s=%s is refused", (name, value) => {
    expect(problemsOf({ [name]: value })).toHaveLength(1);
  });
});
