import { execFileSync } from "node:child_process";
import { systemClock, type Timer } from "@blacksky/machine";

/** The memory of one process, followed from outside. */
export interface MemoryWatch {
  /** Resident megabytes: at the beginning, and the most since. */
  readonly firstMb: number;
  readonly peakMb: number;
  stop(): void;
}

const LOOK_MS = 500;

const residentMb = (pid: number): number => {
  const kilobytes = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(kilobytes.trim()) / 1024;
};

/** Follows a process until it is told to stop, or the process has gone. */
export const watchMemory = (pid: number): MemoryWatch => {
  const firstMb = residentMb(pid);
  let peakMb = firstMb;
  let timer: Timer | undefined;
  const look = (): void => {
    try {
      peakMb = Math.max(peakMb, residentMb(pid));
      timer = systemClock.startTimer(LOOK_MS, look);
    } catch {
      timer = undefined;
    }
  };
  look();
  return {
    firstMb,
    get peakMb() {
      return peakMb;
    },
    stop: () => timer?.cancel(),
  };
};
