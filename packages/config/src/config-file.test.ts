import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadConfigFile, withConfigFile } from "./config-file.ts";
import { parseEnv } from "./parse-env.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "blacksky-config-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const put = (name: string, content: string): Promise<void> => writeFile(path.join(dir, name), content);

describe("loadConfigFile", () => {
  test("no file means no settings", async () => {
    expect(await loadConfigFile(dir)).toEqual({});
  });

  test("reads JSON and fills in what is not said", async () => {
    await put("blacksky.config.json", `{ "scheduledReconnect": {}, "disabledPlugins": ["sticker"] }`);
    expect(await loadConfigFile(dir)).toEqual({
      scheduledReconnect: { enabled: true, interval: 6, quietHours: [0, 6] },
      disabledPlugins: ["sticker"],
    });
  });

  test("reads the default export of a module", async () => {
    await put("blacksky.config.mjs", "export default { messageHistory: { perChat: 20 }, autoDelete: {} };");
    expect(await loadConfigFile(dir)).toEqual({
      messageHistory: { perChat: 20 },
      autoDelete: { enabled: true, afterHours: 24 },
    });
  });

  test("lists every problem of a file", async () => {
    await put("blacksky.config.json", `{ "scheduledReconnect": { "interval": 0 }, "autodelete": {} }`);
    await expect(loadConfigFile(dir)).rejects.toMatchObject({
      code: "config.file_invalid",
      message: expect.stringMatching(/autodelete[^]*scheduledReconnect\.interval|interval[^]*autodelete/),
    });
  });

  test("says what to do where this Node cannot read TypeScript", async () => {
    await put("blacksky.config.ts", "export default {};");
    const cannot = (): Promise<never> => Promise.reject(new Error(`Unknown file extension ".ts"`));
    await expect(loadConfigFile(dir, cannot)).rejects.toMatchObject({
      code: "config.file_unreadable",
      hint: expect.stringContaining("blacksky.config.mjs"),
    });
  });

  test("a torn file is an error, never silence", async () => {
    await put("blacksky.config.json", `{ "scheduledReconnect": `);
    await expect(loadConfigFile(dir)).rejects.toMatchObject({ code: "config.file_unreadable" });
  });
});

describe("withConfigFile", () => {
  const file = { scheduledReconnect: { enabled: true, interval: 8, quietHours: [1, 5] as [number, number] } };

  test("the file speaks where the environment is silent", () => {
    const env = parseEnv(withConfigFile({ QUIET_HOURS: "" }, file));
    expect(env).toMatchObject({ SCHEDULED_RECONNECT_HOURS: 8, QUIET_HOURS: { fromHour: 1, toHour: 5 } });
  });

  test("the environment wins", () => {
    const env = parseEnv(withConfigFile({ SCHEDULED_RECONNECT_HOURS: "2", QUIET_HOURS: "3-4" }, file));
    expect(env).toMatchObject({ SCHEDULED_RECONNECT_HOURS: 2, QUIET_HOURS: { fromHour: 3, toHour: 4 } });
  });

  test("a reconnect that is switched off is off", () => {
    const off = { scheduledReconnect: { ...file.scheduledReconnect, enabled: false } };
    expect(parseEnv(withConfigFile({}, off)).SCHEDULED_RECONNECT_HOURS).toBe(0);
  });
});
