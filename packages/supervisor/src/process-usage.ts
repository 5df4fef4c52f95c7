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

/** A process of the tree: a worker, or the runner. */
export interface TreeProcess {
  readonly id: string;
  readonly pid: number;
}

/** And what it takes. */
export type ProcessUsage = TreeProcess & { readonly mb: number };

/**
 * Megabytes that each of these processes takes: PSS, in which a page that several of them share counts once; RSS for a
 * process whose PSS the kernel does not tell; zero for one that is gone.
 */
export const measureUsage = (processes: readonly TreeProcess[]): Promise<ProcessUsage[]> =>
  Promise.all(
    processes.map(async ({ id, pid }) => {
      const kb = (await readPssKb(pid)) ?? (await readRssKb(pid));
      return { id, pid, mb: kb / KB_PER_MB };
    }),
  );

/** All of them together. */
export const sumOfUsage = (processes: readonly ProcessUsage[]): number =>
  processes.reduce((sum, { mb }) => sum + mb, 0);
