import { readFileSync } from "node:fs";

/** Of Linux: `sysconf(_SC_CLK_TCK)` is 100 on every machine that Node runs on. */
const TICK_MS = 10;
/** Places of `utime` and `stime` behind the name, which may hold blanks itself. */
const USER = 11;
const SYSTEM = 12;

/** The processor time that a process has used so far, its own and the kernel's for it, in milliseconds; Linux only. */
export const cpuTimeMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[USER]) + Number(fields[SYSTEM])) * TICK_MS;
};
