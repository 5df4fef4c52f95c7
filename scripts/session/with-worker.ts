import { parseEnv, sliceFor, type EnvSource } from "@blacksky/config";
import { BlackskyError } from "@blacksky/errors";
import { embeddedPostgresInstalled } from "@blacksky/postgres";
import { startBackupWorker, type BackupWorker } from "./backup-worker.ts";
import { whileStopped } from "./lock.ts";
import type { Place } from "./place.ts";

/** A lease that runs out takes this much longer to be taken. */
const STANDBY_MARGIN_MS = 5_000;

const unreachable = (): BlackskyError =>
  new BlackskyError("session.unreachable", "The database cannot be reached now. Nothing was changed.", {
    hint: "Try again when it can.",
  });

/** Starts the bot's backup worker; more than once where something is done at its start. */
export type StartWorker = () => Promise<BackupWorker>;

/**
 * Lets `use` start the backup worker of a bot that is stopped, without its schedule. Whatever is still running in the end
 * is ended in order.
 *
 * @param source the worker's environment, before it is cut to what it uses
 * @throws BlackskyError `session.running`, `session.unreachable`, and what `startBackupWorker` throws
 */
export const withBackupWorker = <T>(
  place: Place,
  source: EnvSource,
  use: (start: StartWorker) => Promise<T>,
): Promise<T> =>
  whileStopped(place.dataDir, async (folder) => {
    const env = { ...sliceFor("backup", source), ENABLE_SESSION_BACKUP: "false" };
    const { LEASE_TTL, DATABASE_URL } = parseEnv(env);
    const running = new Set<BackupWorker>();

    const start: StartWorker = async () => {
      const worker = await startBackupWorker({
        env,
        standbyMs: LEASE_TTL + STANDBY_MARGIN_MS,
        onPid: (pid) => folder.recordChild(pid),
        say: (sentence) => console.error(sentence),
      });
      const tracked: BackupWorker = {
        channel: worker.channel,
        get status() {
          return worker.status;
        },
        async stop() {
          running.delete(tracked);
          await worker.stop();
        },
      };
      running.add(tracked);
      const hasDatabase = DATABASE_URL !== undefined || embeddedPostgresInstalled();
      if (hasDatabase && !worker.status.lease.held) throw unreachable();
      return tracked;
    };

    try {
      return await use(start);
    } finally {
      // What made `use` fail is what must be heard of.
      for (const worker of running) await worker.stop().catch(() => undefined);
    }
  });
