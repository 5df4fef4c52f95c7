import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { BlackskyError } from "@blacksky/errors";

/** The user that PostgreSQL runs as when we are root, which it refuses to be. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const parseAccount = (line: string): Account | undefined => {
  const [name, , uid, gid] = line.split(":");
  return name === undefined || uid === undefined || gid === undefined
    ? undefined
    : { name, uid: Number(uid), gid: Number(gid) };
};

const accounts = (): Account[] =>
  readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .flatMap((line) => parseAccount(line) ?? [])
    .filter((account) => account.uid > 0 && account.gid > 0);

/**
 * Whom to be: `undefined` (ourselves) for an ordinary user. For root, the owner of an existing cluster, else the machine's
 * `postgres`, else `nobody`; no user is ever added to the system.
 *
 * @param cluster folder of a cluster that may exist already
 */
export const chooseAccount = (cluster: string, uid = process.getuid?.()): Account | undefined => {
  if (uid !== 0) return undefined;
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const all = accounts();
  const account = all.find(({ name }) => name === "postgres") ?? all.find(({ name }) => name === "nobody");
  if (account !== undefined) return account;
  throw new BlackskyError("postgres.noAccount", "PostgreSQL does not run as root, and there is no user to run it as.", {
    hint: "Start the bot as an ordinary user, or set DATABASE_URL to a PostgreSQL that runs already.",
  });
};

const mayEnter = (folder: string, account: Account): boolean => {
  const { mode, uid, gid } = statSync(folder);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
};

/** Whether every existing folder on the way to `path`, and `path` itself if it is one, lets the account through. */
export const canReach = (path: string, account: Account): boolean => {
  const folder = resolve(path);
  const stats = statSync(folder, { throwIfNoEntry: false });
  const passable = stats?.isDirectory() === true ? mayEnter(folder, account) : true;
  const parent = dirname(folder);
  return passable && (parent === folder || canReach(parent, account));
};
