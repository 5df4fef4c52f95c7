import { readFileSync } from "node:fs";

/** A process that cannot be mistaken for another one that got its pid later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Kernel ticks at its start; null where the system does not tell. */
  readonly startTicks: number | null;
}

// Field 22 of proc(5)'s stat; the second field may hold spaces and brackets, so count from behind it.
const START_FIELD_AFTER_NAME = 19;

const statOf = (pid: number): readonly string[] | undefined => {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
};

/** Who has this pid now. */
export const identify = (pid: number): ProcessIdentity => {
  const ticks = Number(statOf(pid)?.[START_FIELD_AFTER_NAME]);
  return { pid, startTicks: Number.isFinite(ticks) ? ticks : null };
};

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** True while that very process runs. A zombie has ended, only nobody has asked how. */
export const isAlive = ({ pid, startTicks }: ProcessIdentity): boolean => {
  if (!exists(pid)) return false;
  const stat = statOf(pid);
  if (stat === undefined) return startTicks === null;
  return stat[0] !== "Z" && (startTicks === null || Number(stat[START_FIELD_AFTER_NAME]) === startTicks);
};
