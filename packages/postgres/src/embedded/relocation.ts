import {
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "@blacksky/machine";

import type { Account } from "./account.ts";
import { endPostmaster } from "./postmaster-end.ts";
import { livePostmaster } from "./postmaster-file.ts";
import { SHARED_FOLDER } from "./shared-binaries.ts";

const PREFIX = "blacksky-postgres-data-";

// In DATA_DIR, naming the folder; and in the folder, naming DATA_DIR.
const POINTER = "relocated-to";
const OWNER = "belongs-to";

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
};

const isPrivateFolder = (folder: string): boolean => {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && (stats.mode & 0o077) === 0;
};

/** The folder outside DATA_DIR that holds its cluster; `undefined` when there is none or it has vanished. */
export const ownRelocation = (home: string): string | undefined => {
  const folder = readText(join(home, POINTER));
  if (folder === undefined || !isPrivateFolder(folder) || readText(join(folder, OWNER)) !== home) return undefined;
  return folder;
};

// A DATA_DIR that is missing may lie on a disk that is not mounted now; one among temporary files was thrown away.
const isAbandoned = (owner: string | undefined, home: string): boolean =>
  owner === home || (owner !== undefined && owner.startsWith(`${realpathSync(tmpdir())}/`) && !existsSync(owner));

const abandoned = (home: string, account: Account, shared: string): string[] =>
  readdirSync(shared)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(shared, name))
    .filter((folder) => isPrivateFolder(folder) && lstatSync(folder).uid === account.uid)
    .filter((folder) => isAbandoned(readText(join(folder, OWNER)), home));

const removeCluster = async (folder: string): Promise<void> => {
  const postmaster = livePostmaster(join(folder, "cluster"));
  if (postmaster !== undefined) await endPostmaster(postmaster.pid, systemClock);
  rmSync(folder, { recursive: true, force: true });
};

/**
 * Makes a folder for a cluster that DATA_DIR cannot hold, 0700 and the account's. Whoever wiped DATA_DIR wiped the
 * pointer, too, and meant the database with it: clusters left behind by the same DATA_DIR are removed, and those of
 * temporary ones that are gone.
 */
export const relocate = async (home: string, account: Account, shared = SHARED_FOLDER): Promise<string> => {
  for (const folder of abandoned(home, account, shared)) await removeCluster(folder);
  const folder = mkdtempSync(join(shared, PREFIX));
  writeFileSync(join(folder, OWNER), `${home}\n`, { mode: 0o600 });
  chownSync(join(folder, OWNER), account.uid, account.gid);
  chownSync(folder, account.uid, account.gid);
  writeFileSync(join(home, POINTER), `${folder}\n`, { mode: 0o600 });
  return folder;
};
