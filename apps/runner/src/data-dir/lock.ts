import { BlackskyError, describeError, errorCode } from "@blacksky/errors";
import { delay, type Clock } from "@blacksky/machine";
import { identify, isAlive, type ProcessIdentity } from "@blacksky/supervisor";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

export interface DataDirLock {
  /** Writes down who works in the folder for us, so that the next runner can wait for them if we die. */
  recordChildren(pids: readonly number[]): void;
  release(): void;
}

export interface LockOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: { warn(message: string, fields?: Record<string, unknown>): void };
  /** How long workers of a dead runner get to flush before they are killed. */
  readonly orphanGraceMs?: number;
}

const processIdentity = z.object({ pid: z.number().int(), startTicks: z.number().nullable() });
const lockContent = z.object({ runner: processIdentity, children: z.array(processIdentity) });
type LockContent = z.infer<typeof lockContent>;

// Orphans drain for 10 s at most and then end by themselves.
const DEFAULT_ORPHAN_GRACE_MS = 12_000;
const ORPHAN_POLL_MS = 50;
const ATTEMPTS = 3;

const makeFolder = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true });
    const probe = join(dataDir, `.write-probe-${String(process.pid)}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new BlackskyError("runner.dataDir", `DATA_DIR ${dataDir} cannot be written to (${errorCode(error)}).`, {
      hint: "Let this user write there, free space on the disk, or set DATA_DIR to another folder.",
      cause: error,
    });
  }
};

const readLock = (path: string): LockContent | undefined => {
  try {
    return lockContent.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Absent, or the torn file of a machine that lost power: nobody can be behind either.
    return undefined;
  }
};

const waitForOrphans = async (orphans: readonly ProcessIdentity[], options: LockOptions): Promise<void> => {
  const { clock, log } = options;
  if (!orphans.some(isAlive)) return;
  log.warn("Workers of a runner that died are still flushing; waiting for them.");
  const deadline = clock.monotonic() + (options.orphanGraceMs ?? DEFAULT_ORPHAN_GRACE_MS);
  while (orphans.some(isAlive) && clock.monotonic() < deadline) await delay(clock, ORPHAN_POLL_MS);
  for (const orphan of orphans.filter(isAlive)) {
    log.warn("A worker of a runner that died did not end; killing it.", { pid: orphan.pid });
    process.kill(orphan.pid, "SIGKILL");
  }
  while (orphans.some(isAlive)) await delay(clock, ORPHAN_POLL_MS);
};

/**
 * Makes this process the only runner of a folder. Two of them would open two sockets with one session.
 *
 * @throws BlackskyError `runner.locked` while another runner lives, `runner.dataDir` when the folder cannot be used
 */
export const lockDataDir = async (options: LockOptions): Promise<DataDirLock> => {
  const { dataDir } = options;
  const path = join(dataDir, "runner.lock");
  const own = `${path}.${String(process.pid)}`;
  const runner = identify(process.pid);

  const write = (children: readonly ProcessIdentity[]): void => {
    writeFileSync(own, JSON.stringify({ runner, children }), { mode: 0o600 });
  };

  makeFolder(dataDir);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    write([]);
    try {
      // A link appears whole or not at all, and fails where somebody was first.
      linkSync(own, path);
      rmSync(own);
      return createLock(path, own, write);
    } catch (error) {
      rmSync(own, { force: true });
      if (errorCode(error) !== "EEXIST") throw unusable(dataDir, error);
    }
    const holder = readLock(path);
    if (holder !== undefined && isAlive(holder.runner)) throw locked(dataDir, holder.runner.pid);
    await waitForOrphans(holder?.children ?? [], options);
    // Another starter may have replaced the stale lock meanwhile; only what we looked at may go.
    if (JSON.stringify(readLock(path)) === JSON.stringify(holder)) rmSync(path, { force: true });
  }
  throw locked(dataDir, readLock(path)?.runner.pid ?? 0);
};

const locked = (dataDir: string, pid: number): BlackskyError =>
  new BlackskyError("runner.locked", `Another runner (pid ${String(pid)}) already works in DATA_DIR ${dataDir}.`, {
    hint: "Stop that one first, or give this one a DATA_DIR of its own.",
  });

const unusable = (dataDir: string, cause: unknown): BlackskyError =>
  new BlackskyError("runner.dataDir", `DATA_DIR ${dataDir} cannot be locked: ${describeError(cause)}`, {
    hint: "It must lie on a file system that knows hard links; set DATA_DIR to another folder.",
    cause,
  });

const createLock = (path: string, own: string, write: (children: readonly ProcessIdentity[]) => void): DataDirLock => ({
  recordChildren(pids) {
    try {
      write(pids.map(identify));
      renameSync(own, path);
    } catch {
      // A full disk must not end the bot; the lock still names the runner itself.
    }
  },
  release: () => rmSync(path, { force: true }),
});
