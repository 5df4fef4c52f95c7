import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { waitFor } from "@blacksky/harness";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
let data: string;
let dev: ChildProcess | undefined;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "blacksky-dev-"));
});
afterEach(async () => {
  if (dev !== undefined) await stop(dev);
  rmSync(data, { recursive: true, force: true });
});

const run = (script: string, ...args: string[]): string[] => [
  "--import",
  "tsx",
  join(here, script),
  "--data",
  data,
  ...args,
];

const start = (): { child: ChildProcess; output: () => string } => {
  const child = spawn(process.execPath, run("dev.ts"), { cwd: here, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  dev = child;
  return { child, output: () => text };
};

const stop = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, "exit") as Promise<[number | null]>;
  child.kill("SIGINT");
  const [code] = await gone;
  return code;
};

const phone = (...args: string[]): string => {
  const { stdout, stderr } = spawnSync(process.execPath, run("phone.ts", ...args), { cwd: here, encoding: "utf8" });
  return stdout + stderr;
};

const untilOpen = (output: () => string): Promise<true> =>
  waitFor("the connection is open", () => (output().includes("The connection is open.") ? true : undefined), 60_000);

test("dev pairs by itself and answers the phone, and the next dev is still paired", async () => {
  expect(phone("say", ".ping")).toContain("start one with `npx pnpm dev`");

  const first = start();
  await untilOpen(first.output);
  expect(first.output()).toContain("npx pnpm phone say .ping");
  expect(phone("say", ".ping")).toMatch(/pong/i);
  expect(await stop(first.child)).toBe(0);

  const second = start();
  await untilOpen(second.output);
  expect(second.output()).not.toContain("The connection is pairing.");
  expect(phone("say", "--as", "4915550000077", ".ping")).toMatch(/pong/i);
  expect(await stop(second.child)).toBe(0);
});
