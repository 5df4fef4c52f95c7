import { BlackskyError, EXIT } from "@blacksky/errors";
import { createChannel, createProcessPort, type Channel } from "@blacksky/ipc";
import { delay, systemClock } from "@blacksky/machine";
import { control, session, type SessionStatus } from "@blacksky/protocol";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../apps/backup/dist/main.js", import.meta.url));
const STOP_MS = 60_000;

/** The built backup worker as a process of its own, ready: it holds the lease, and the store may be opened. */
export interface BackupWorker {
  readonly channel: Channel;
  /** As it was told last. */
  readonly status: SessionStatus;
  /** Ends it as the runner does: the last flush, and the lease is let go. Throws when something was left behind. */
  readonly stop: () => Promise<void>;
}

export interface BackupWorkerOptions {
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it may wait for a lease that another process holds; for ever by default. */
  readonly standbyMs?: number;
  /** Told its pid, once there is one. */
  readonly onPid?: (pid: number) => void;
  /** Told what it warns of, and that it waits for a lease. */
  readonly say?: (sentence: string) => void;
}

/** A line of its log that a person should see; `undefined` for the rest. */
const readLogLine = (line: string): string | undefined => {
  if (!line.startsWith("{")) return line;
  try {
    const { level, message } = JSON.parse(line) as Record<string, unknown>;
    return (level === "warn" || level === "error") && typeof message === "string" ? message : undefined;
  } catch {
    return line;
  }
};

const missing = (): BlackskyError =>
  new BlackskyError("session.notBuilt", "The backup worker is not built.", { hint: "Run `pnpm build` first." });

const heldElsewhere = (): BlackskyError =>
  new BlackskyError("session.heldElsewhere", "Another process holds the lease on this session. Nothing was changed.", {
    hint: "The bot runs somewhere else with this SESSION_ID and database; stop it there first.",
  });

const endedEarly = (code: number | null, last: string | undefined): BlackskyError => {
  const why = code === EXIT.config ? "cannot start with this configuration" : "ended before it was ready";
  return new BlackskyError("session.workerEnded", `The backup worker ${why}.${last === undefined ? "" : ` ${last}`}`);
};

/**
 * Starts the worker as the runner does, and waits until the session is open.
 *
 * @throws BlackskyError `session.notBuilt`, `session.heldElsewhere`, `session.workerEnded`; then it is gone
 */
export const startBackupWorker = async (options: BackupWorkerOptions): Promise<BackupWorker> => {
  if (!existsSync(BUILT)) throw missing();
  const say = options.say ?? (() => undefined);
  const child = fork(BUILT, [], {
    env: { ...options.env, NODE_ENV: "production" },
    execArgv: ["--max-old-space-size=96"],
    serialization: "advanced",
    silent: true,
  });
  if (child.pid !== undefined) options.onPid?.(child.pid);
  let last: string | undefined;
  const hear = (line: string): void => {
    const sentence = readLogLine(line);
    if (sentence === undefined) return;
    last = sentence;
    say(sentence);
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on("line", hear);

  const exited = once(child, "close").then(([code]) => code as number | null);
  const channel = createChannel({ port: createProcessPort(child), onViolation: (error) => hear(error.message) });
  let status: SessionStatus | undefined;
  // Not `control.ready`: a worker that stands by says that too, so that the others may load their code.
  const ready = new Promise<"ready">((resolve) => {
    channel.on(session.statusChanged, (next) => {
      status = next;
      if (next.phase === "active") resolve("ready");
    });
  });
  const waited = new Promise<"held">((resolve) => {
    channel.on(session.leaseLost, () => {
      say("Another process holds the lease on this session; waiting for it to end.");
      if (options.standbyMs !== undefined) void delay(systemClock, options.standbyMs).then(() => resolve("held"));
    });
  });

  const stop = async (): Promise<void> => {
    const deadline = { deadlineMs: STOP_MS };
    const { unfinished } = await channel.request(control.shutdown, deadline, deadline);
    await exited;
    if (unfinished > 0) {
      throw new BlackskyError("session.unreplicated", `${unfinished} changes are on this disk alone.`, {
        hint: "They are replicated when the bot starts here again and reaches its database.",
      });
    }
  };

  const outcome = await Promise.race([ready, waited, exited]);
  if (outcome === "held") {
    await stop();
    throw heldElsewhere();
  }
  if (outcome !== "ready") throw endedEarly(outcome, last);
  return {
    channel,
    get status() {
      if (status === undefined) throw new Error("the worker has told nothing of the session");
      return status;
    },
    stop,
  };
};
