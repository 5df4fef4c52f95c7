import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DATA = join(ROOT, ".data");

/** Development keeps its own session: it must never meet the one that is linked with a real phone. */
export const FOLDERS = {
  dev: join(DATA, "dev"),
  live: join(DATA, "live"),
  simulator: join(DATA, "simulator"),
} as const;

/** What `pnpm dev` tells `pnpm phone`. */
export interface DevNote {
  /** The simulator's control plane. */
  readonly controlUrl: string;
  /** Number of the bot's account. */
  readonly botPhone: string;
  /** Number of the person who may give owner commands. */
  readonly ownerPhone: string;
}

const NOTE = join(DATA, "dev.json");

export const writeDevNote = (note: DevNote): void => {
  mkdirSync(dirname(NOTE), { recursive: true });
  writeFileSync(NOTE, JSON.stringify(note));
};

/** @returns undefined when `pnpm dev` was never started here */
export const readDevNote = (): DevNote | undefined => {
  try {
    return JSON.parse(readFileSync(NOTE, "utf8")) as DevNote;
  } catch {
    return undefined;
  }
};
