import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { locateBinaries } from "../embedded/binaries.ts";

const PARTS = ["password", "cluster"] as const;
const CACHE = fileURLToPath(new URL("../../node_modules/.cache", import.meta.url));
const INITIALISE = new URL("../embedded/initialise.ts", import.meta.url);

/** Goes with the installation that it belongs to; another PostgreSQL, or another way to make a cluster, is another one. */
const templateFolder = (): string => {
  const making = createHash("sha256").update(readFileSync(INITIALISE)).digest("hex").slice(0, 12);
  return join(CACHE, `test-cluster-${locateBinaries()?.version ?? "none"}-${making}`);
};

// Its owner, whom Node's copy forgets, is what PostgreSQL looks at first.
const copyParts = (from: string, to: string): Promise<unknown> =>
  promisify(execFile)("cp", ["-a", ...PARTS.map((part) => join(from, part)), to]);

/**
 * Gives a new DATA_DIR a cluster that was made before: `initdb` costs a second of CPU time, a copy next to none.
 *
 * @returns false where none was made yet
 */
export const copyTemplate = async (dataDir: string): Promise<boolean> => {
  const template = templateFolder();
  if (!existsSync(template)) return false;
  const home = join(dataDir, "postgres");
  mkdirSync(home, { mode: 0o711 });
  await copyParts(template, home);
  return true;
};

/** Keeps the cluster of a DATA_DIR, whose server has stopped, for the next ones. */
export const keepTemplate = async (dataDir: string): Promise<void> => {
  const home = join(dataDir, "postgres");
  // Where PostgreSQL's user cannot reach DATA_DIR, the cluster is somewhere else.
  if (!PARTS.every((part) => existsSync(join(home, part)))) return;
  const template = templateFolder();
  mkdirSync(dirname(template), { recursive: true });
  const fresh = mkdtempSync(`${template}.`);
  try {
    await copyParts(home, fresh);
    renameSync(fresh, template);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process was faster; its cluster is as good.
    if (!existsSync(template)) throw error;
  }
};
