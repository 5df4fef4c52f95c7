import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BlackskyError, errorCode } from "@blacksky/errors";
import { identify, isAlive, type ProcessIdentity } from "@blacksky/supervisor";

/** Content of the runner's lock file; ours has the same, so that no runner starts meanwhile. */
interface LockContent {
  readonly runner: ProcessIdentity;
  readonly children: readonly ProcessIdentity[];
}

const isIdentity = (value: unknown): value is ProcessIdentity =>
  typeof value === "object" && value !== null && "pid" in value && typeof value.pid === "number";

const readLock = (path: string): LockContent | undefined => {
  try {
    const { runner, children } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    if (!isIdentity(runner) || !Array.isArray(children)) return undefined;
    return { runner, children: children.filter(isIdentity) };
  } catch {
    return undefined;
  }
};

const running = (pid: number): BlackskyError =>
  new BlackskyError("session.running", `The bot of this folder is running (pid ${String(pid)}). Nothing was done.`, {
    hint: "Stop it first, and wait until its workers have ended.",
  });

/** Who works in the folder now: a runner, a worker that flushes after its runner died, another session command. */
export const findOccupant = (dataDir: string): ProcessIdentity | undefined => {
  const lock = readLock(join(dataDir, "runner.lock"));
  return lock === undefined ? undefined : [lock.runner, ...lock.children].find(isAlive);
};

/** A folder in which no runner can start now. */
export interface HeldFolder {
  /** A process works in it for us: should we die, the next runner waits for it. */
  recordChild(pid: number): void;
}

/**
 * Runs `work` while no runner can start in the folder.
 *
 * @throws BlackskyError `session.running`
 */
export const whileStopped = async <T>(dataDir: string, work: (folder: HeldFolder) => Promise<T>): Promise<T> => {
  const path = join(dataDir, "runner.lock");
  const own = `${path}.${String(process.pid)}`;
  mkdirSync(dataDir, { recursive: true });
  const occupant = findOccupant(dataDir);
  if (occupant !== undefined) throw running(occupant.pid);
  rmSync(path, { force: true });
  const write = (children: readonly number[]): void =>
    writeFileSync(own, JSON.stringify({ runner: identify(process.pid), children: children.map(identify) }), {
      mode: 0o600,
    });
  write([]);
  try {
    // A link appears whole or not at all, and fails where somebody was first.
    linkSync(own, path);
  } catch (error) {
    throw errorCode(error) === "EEXIST" ? running(findOccupant(dataDir)?.pid ?? 0) : error;
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await work({
      recordChild(pid) {
        write([pid]);
        renameSync(own, path);
      },
    });
  } finally {
    rmSync(path, { force: true });
  }
};
