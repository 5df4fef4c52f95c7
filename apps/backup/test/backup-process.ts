import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { createChannel, createProcessPort } from "@blacksky/ipc";
import type { Channel } from "@blacksky/ipc";
import { control, session } from "@blacksky/protocol";

import type { SessionStatus } from "../src/session-status.ts";

const BUILT = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const DEADLINE_MS = 30_000;

/** The built worker as a process, as the runner starts it. */
export interface BackupProcess {
  readonly child: ChildProcess;
  readonly channel: Channel;
  readonly status: SessionStatus | undefined;
  /** What it wrote to its output. */
  readonly output: string;
  flush(deadlineMs?: number): Promise<number>;
  shutDown(): Promise<{ unfinished: number }>;
  /** Resolves with code and signal. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts the worker and waits until it is ready. */
export const spawnBackup = async (env: Record<string, string>): Promise<BackupProcess> => {
  if (!existsSync(BUILT)) throw new Error(`${BUILT} is missing: build first`);
  const child = fork(BUILT, [], {
    env: { PATH: process.env["PATH"] ?? "", SESSION_ID: "BOT", ...env },
    execArgv: ["--max-old-space-size=96"],
    serialization: "advanced",
    silent: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  let status: SessionStatus | undefined;
  const port = createProcessPort(child);
  const channel = createChannel({ port, onViolation: (error) => (output += error.message) });
  channel.on(session.statusChanged, (next) => (status = next));
  const ready = new Promise<void>((resolve) => channel.on(control.ready, () => resolve()));
  const exited = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const first = await Promise.race([ready.then(() => undefined), exited]);
  if (first !== undefined) throw new Error(`the worker ended with ${JSON.stringify(first)}:\n${output}`);
  return {
    child,
    channel,
    get status() {
      return status;
    },
    get output() {
      return output;
    },
    async flush(deadlineMs = 10_000) {
      const { position } = await channel.request(session.flush, { deadlineMs }, { deadlineMs: DEADLINE_MS });
      return position;
    },
    shutDown: () => channel.request(control.shutdown, { deadlineMs: 9_000 }, { deadlineMs: DEADLINE_MS }),
    exited,
  };
};
