import { readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** What a running server says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `stopping`, `ready` or `standby`; empty before it got that far. */
  readonly status: string;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** Reads the file: pid, data folder, start time, port, socket folder, address, shared memory, status, one a line. */
export const parsePostmasterFile = (text: string): Postmaster | undefined => {
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3] ?? 0), status: lines[7] ?? "" } : undefined;
};

// Pids are used again, above all in containers, where each start hands out the same few.
const commandLine = (pid: number): string => {
  const fromProc = process.platform === "linux" ? read(`/proc/${pid}/cmdline`) : undefined;
  if (fromProc !== undefined) return fromProc.replaceAll("\0", " ");
  if (process.platform === "linux") return "";
  return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout;
};

/** The server that runs on this cluster now; `undefined` when the file is missing or speaks of a dead process. */
export const livePostmaster = (cluster: string): Postmaster | undefined => {
  const found = parsePostmasterFile(read(join(cluster, "postmaster.pid")) ?? "");
  return found !== undefined && commandLine(found.pid).includes(cluster) ? found : undefined;
};

/**
 * Removes a `postmaster.pid` whose process is gone. PostgreSQL does so itself unless the pid now belongs to somebody
 * else; then it would refuse to start for ever. Its lock on the shared memory still guards against two servers.
 */
export const removeStalePostmasterFile = (cluster: string): void => {
  if (livePostmaster(cluster) === undefined) rmSync(join(cluster, "postmaster.pid"), { force: true });
};
