import { chmodSync, cpSync, lstatSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { canReach } from "./account.ts";
import type { Account } from "./account.ts";
import { restoreLibraryLinks } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";

/** Survives a reboot, unlike `/tmp`, and every user may enter it. */
export const SHARED_FOLDER = "/var/tmp";

const isOurs = (folder: string): boolean => {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  // Anybody may create a folder there: only one that root alone can write is run from.
  return stats?.isDirectory() === true && stats.uid === 0 && (stats.mode & 0o022) === 0;
};

const withoutStaticLibraries = (source: string): boolean => !source.endsWith(".a") && !source.endsWith("/pkgconfig");

const copyTo = (native: string, folder: string): void => {
  const fresh = mkdtempSync(`${folder}.`);
  cpSync(native, join(fresh, "native"), { recursive: true, verbatimSymlinks: true, filter: withoutStaticLibraries });
  chmodSync(fresh, 0o755);
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process was faster; its copy is as good.
    if (!isOurs(folder)) throw error;
  }
};

/**
 * Binaries that the account can run: the installed ones where it can reach them, else a copy beside which later starts
 * find it. A checkout in `/root` needs that.
 */
export const reachableBinaries = (
  binaries: Binaries,
  account: Account | undefined,
  shared = SHARED_FOLDER,
): Binaries => {
  restoreLibraryLinks(binaries.native);
  if (account === undefined || canReach(join(binaries.native, "bin"), account)) return binaries;
  const folder = join(shared, `blacksky-postgres-${binaries.version}`);
  if (!isOurs(folder)) copyTo(binaries.native, folder);
  return { ...binaries, native: join(folder, "native") };
};
