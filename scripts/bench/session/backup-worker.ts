import { createChannel, createProcessPort } from "@blacksky/ipc";
import { control, session } from "@blacksky/protocol";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../../apps/backup/dist/main.js", import.meta.url));
const ANSWER_MS = 60_000;

/** The name of the session that is measured. */
export const SESSION_ID = "BENCH";

/** The built backup worker as a process of its own, ready: it holds the lease, and the store may be opened. */
export interface BackupWorker {
  /** What the bot does after a write. */
  changed(position: number): void;
  /** Resolves when all that was written before is in PostgreSQL. */
  flush(): Promise<void>;
  /** Ends it as the runner does: the last flush, and the lease is let go. */
  stop(): Promise<void>;
}

export interface BackupWorkerSettings {
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** SESSION_ENCRYPTION_KEY. */
  readonly key: string;
}

/** Starts the worker as the runner does. */
export const startBackupWorker = async (settings: BackupWorkerSettings): Promise<BackupWorker> => {
  const child = fork(BUILT, [], {
    env: {
      PATH: process.env["PATH"] ?? "",
      SESSION_ID,
      DATA_DIR: settings.dataDir,
      DATABASE_URL: settings.databaseUrl,
      SESSION_ENCRYPTION_KEY: settings.key,
    },
    execArgv: ["--max-old-space-size=96"],
    serialization: "advanced",
    silent: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += String(chunk)));
  const exited = once(child, "exit");
  const channel = createChannel({ port: createProcessPort(child), onViolation: (error) => (output += error.message) });
  const ready = new Promise<void>((resolve) => channel.on(control.ready, () => resolve()));
  const ended = exited.then(() => Promise.reject(new Error(`The backup worker ended:\n${output.slice(-2000)}`)));
  ended.catch(() => undefined);
  await Promise.race([ready, ended]);
  return {
    changed: (position) => channel.emit(session.changed, { position }),
    async flush() {
      await channel.request(session.flush, { deadlineMs: ANSWER_MS }, { deadlineMs: ANSWER_MS });
    },
    async stop() {
      const deadline = { deadlineMs: ANSWER_MS };
      const { unfinished } = await channel.request(control.shutdown, deadline, deadline);
      if (unfinished > 0) throw new Error(`The backup worker left ${String(unfinished)} records behind.`);
      await exited;
    },
  };
};
