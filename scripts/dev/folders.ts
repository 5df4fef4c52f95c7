import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where development keeps everything, unless told otherwise. */
export const DEFAULT_DATA = join(ROOT, ".data");

/** What lies below it. Development keeps its own session: it must never meet the one linked with a real phone. */
export interface DataFolders {
  readonly dev: string;
  readonly live: string;
  readonly simulator: string;
  /** What `pnpm dev` tells `pnpm phone`. */
  readonly note: string;
}

/** The folders below one. */
export const dataFolders = (data: string): DataFolders => ({
  dev: join(data, "dev"),
  live: join(data, "live"),
  simulator: join(data, "simulator"),
  note: join(data, "dev.json"),
});

/** What `pnpm dev` tells `pnpm phone`. */
export interface DevNote {
  /** The simulator's control plane. */
  readonly controlUrl: string;
  /** Number of the bot's account. */
  readonly botPhone: string;
  /** Number of the person who may give owner commands. */
  readonly ownerPhone: string;
}

export const writeDevNote = (path: string, note: DevNote): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(note));
};

/** @returns undefined when `pnpm dev` was never started here */
export const readDevNote = (path: string): DevNote | undefined => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as DevNote;
  } catch {
    return undefined;
  }
};
