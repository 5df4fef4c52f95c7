import { readFile } from "node:fs/promises";

const KB_PER_MB = 1024;

const readPssKb = async (pid: number): Promise<number | undefined> => {
  try {
    const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, "utf8");
    const kb = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
    return kb === undefined ? undefined : Number(kb);
  } catch {
    return undefined;
  }
};

const readRssKb = async (pid: number): Promise<number> => {
  try {
    const status = await readFile(`/proc/${String(pid)}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/**
 * Megabytes that these processes take together: PSS, in which a page that several of them share counts once; RSS for
 * a process whose PSS the kernel does not tell.
 */
export const measureUsedMb = async (pids: readonly number[]): Promise<number> => {
  const sizes = await Promise.all(pids.map(async (pid) => (await readPssKb(pid)) ?? readRssKb(pid)));
  return sizes.reduce((sum, kb) => sum + kb, 0) / KB_PER_MB;
};
