import { session } from "@blacksky/protocol";
import { startBackupWorker as startWorker } from "../../session/backup-worker.ts";

const ANSWER_MS = 60_000;

/** The name of the session that is measured. */
export const SESSION_ID = "BENCH";

/** The built backup worker, as the bot sees it. */
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

/** Starts the worker, and waits until it is ready. */
export const startBackupWorker = async (settings: BackupWorkerSettings): Promise<BackupWorker> => {
  const worker = await startWorker({
    env: {
      PATH: process.env["PATH"] ?? "",
      SESSION_ID,
      DATA_DIR: settings.dataDir,
      DATABASE_URL: settings.databaseUrl,
      SESSION_ENCRYPTION_KEY: settings.key,
    },
  });
  return {
    changed: (position) => worker.channel.emit(session.changed, { position }),
    async flush() {
      await worker.channel.request(session.flush, { deadlineMs: ANSWER_MS }, { deadlineMs: ANSWER_MS });
    },
    stop: () => worker.stop(),
  };
};
