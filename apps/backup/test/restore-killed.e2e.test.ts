import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createChannel, createProcessPort } from "@blacksky/ipc";
import { delay, seededRandom, systemClock } from "@blacksky/machine";
import { control } from "@blacksky/protocol";
import { restoreOrderPath, storePath } from "@blacksky/store";
import { afterEach, expect, test } from "@jest/globals";

import { KEY, listRows, put, read, started, world, write } from "./snapshot-world.ts";

const BUILT = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const RECORDS = 4_000;
const LONGEST_MS = 250;
const ROUNDS = 12;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts the built worker; resolves when it has found the order, or is ready without one. */
const spawn = async (): Promise<{ readonly child: ChildProcess; readonly ready: Promise<true> }> => {
  const { dataDir, databaseUrl } = world;
  const settings = { DATA_DIR: dataDir.path, DATABASE_URL: databaseUrl, SESSION_ENCRYPTION_KEY: KEY };
  const child = fork(BUILT, [], {
    env: { PATH: process.env["PATH"] ?? "", SESSION_ID: "BOT", ...settings },
    serialization: "advanced",
    silent: true,
  });
  children.push(child);
  const channel = createChannel({ port: createProcessPort(child), onViolation: () => undefined });
  const ready = new Promise<true>((resolve) => channel.on(control.ready, () => resolve(true)));
  const found = new Promise<void>((resolve) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("A restore is ordered")) resolve();
      });
    }
  });
  await Promise.race([found, ready, once(child, "exit")]);
  return { child, ready };
};

test("a restore that is killed at any moment is carried out in the end, once, and nothing is lost", async () => {
  const records = Array.from({ length: RECORDS }, (_, at) => put(`session/pre-key/${at}`, `key ${at}`.repeat(40)));
  const worker = await started();
  await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 1"), ...records);
  const id = await worker.snapshot();
  await write(put("session/session/1.0", "ratchet 2"));
  await worker.flush();
  await worker.restore(id);
  await worker.shutDown();

  const random = seededRandom(7);
  let kills = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { child, ready } = await spawn();
    // Later in each round, so that some kills come before it is done, however fast the machine is.
    const longestMs = (LONGEST_MS * (round + 1)) / ROUNDS;
    const outcome = await Promise.race([ready, delay(systemClock, Math.floor(random() * longestMs))]);
    if (outcome !== true) kills += 1;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  expect(kills).toBeGreaterThan(3);
  const { ready } = await spawn();
  await ready;
  const restored = await read();
  expect(restored["session/session/1.0"]).toBe("ratchet 1");
  expect(Object.keys(restored)).toHaveLength(RECORDS + 2);
  const path = storePath(world.dataDir.path, "BOT");
  expect(existsSync(restoreOrderPath(path))).toBe(false);
  const beside = readdirSync(join(world.dataDir.path, "store")).filter((name) => name !== "BOT");
  expect(beside).toEqual([expect.stringMatching(/^BOT\.archived-.*-restored$/)]);
  expect((await listRows()).map(({ reason }) => reason)).toEqual(["for the test", "before restore"]);
}, 120_000);
