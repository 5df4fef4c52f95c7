import { delay } from "@blacksky/machine";
import type { Clock } from "@blacksky/machine";

const POLL_MS = 20;

// Fast shutdown: abort what runs, write a checkpoint. Then quit without one, which recovery at the next start mends.
const LADDER = [
  { signal: "SIGINT", graceMs: 10_000 },
  { signal: "SIGQUIT", graceMs: 3_000 },
  { signal: "SIGKILL", graceMs: 3_000 },
] as const;

/** False once the process is gone. A process of another user, which we may not signal, is alive. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
};

/** Waits until the process is gone; false if it is still there after `graceMs`. */
export const waitForEnd = async (pid: number, graceMs: number, clock: Clock): Promise<boolean> => {
  for (let waitedMs = 0; isAlive(pid); waitedMs += POLL_MS) {
    if (waitedMs >= graceMs) return false;
    await delay(clock, POLL_MS);
  }
  return true;
};

/** Ends a server, politely first. Resolves when it is gone. */
export const endPostmaster = async (pid: number, clock: Clock): Promise<void> => {
  for (const { signal: name, graceMs } of LADDER) {
    signal(pid, name);
    if (await waitForEnd(pid, graceMs, clock)) return;
  }
};
