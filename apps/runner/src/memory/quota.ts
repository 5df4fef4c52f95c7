import { readFileSync } from "node:fs";

const BYTES_PER_MB = 1024 * 1024;
/** A basic dyno's, and a prudent guess anywhere else. */
const DEFAULT_QUOTA_MB = 512;
/** A limit beyond this is the kernel's way to say that there is none. */
const NO_LIMIT_MB = 1_048_576;

const CGROUP_FILES = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

export interface QuotaSources {
  /** `MAX_MEMORY_MB`. */
  readonly configuredMb: number | undefined;
  /** What the platform's own variables say (`WEB_MEMORY`, `MEMORY_AVAILABLE`), in megabytes. */
  readonly platformMb: number | undefined;
  readonly readFile?: (path: string) => string;
}

const cgroupMb = (readFile: (path: string) => string): number | undefined => {
  for (const path of CGROUP_FILES) {
    try {
      const limitMb = Math.floor(Number(readFile(path)) / BYTES_PER_MB);
      if (limitMb > 0 && limitMb < NO_LIMIT_MB) return limitMb;
    } catch {
      // Not this kind of cgroup.
    }
  }
  return undefined;
};

/** How many megabytes all processes of this dyno may take together. */
export const detectQuotaMb = (sources: QuotaSources): number =>
  sources.configuredMb ??
  sources.platformMb ??
  cgroupMb(sources.readFile ?? ((path) => readFileSync(path, "utf8"))) ??
  DEFAULT_QUOTA_MB;
