import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { connectSimulator, silenceLibsignal } from "../src/index.ts";
import { Bot, pairByQr } from "./support/bot.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const DEADLINE_MS = 20_000;

let stateDir: string;
let child: ChildProcess | undefined;
let restoreConsole: () => void;

beforeEach(async () => {
  // The bot's libsignal runs here, without a simulator that would silence it.
  restoreConsole = silenceLibsignal();
  stateDir = await mkdtemp(join(tmpdir(), "simulator-main-"));
});

afterEach(async () => {
  restoreConsole();
  if (child?.exitCode === null) child.kill("SIGKILL");
  await rm(stateDir, { recursive: true, force: true });
});

const start = (...options: string[]) => {
  const started = spawn(process.execPath, ["--import", "tsx", MAIN, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  const lines: string[] = [];
  createInterface({ input: started.stderr }).on("line", (line) => lines.push(line));
  return { started, errors: lines, output: createInterface({ input: started.stdout }) };
};

test("runs by itself, is controlled over HTTP, and saves its state on SIGTERM", async () => {
  const { started, output, errors } = start("--state-dir", stateDir, "--prekey-count", "1");
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const [line] = (await once(output, "line", { signal })) as [string];
  const ready = JSON.parse(line) as { url: string; controlUrl: string; rootKey: string };
  const client = connectSimulator(ready.controlUrl);
  // The bot lives in this process, the simulator in the other one.
  const remote = { ...ready, addAccount: client.addAccount };
  const bot = new Bot(remote);
  bot.answer = (text) => `echo ${text}`;
  await pairByQr(remote, "4915550001", bot);
  const ada = await client.addPerson({ phone: "4915550002" });
  expect((await ada.ask("4915550001", "hello", 10_000)).text).toBe("echo hello");
  await bot.stop();
  const exited = once(started, "exit", { signal });
  started.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  expect(await readdir(stateDir)).toEqual(["simulator.json"]);
  expect(errors).toEqual([]);
});

test("names a wrong option and exits with 64", async () => {
  const { started, errors } = start("--port", "many");
  expect(await once(started, "close", { signal: AbortSignal.timeout(DEADLINE_MS) })).toEqual([64, null]);
  expect(errors.join()).toContain("--port");
});
