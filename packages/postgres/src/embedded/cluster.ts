import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { BlackskyError, errorCode } from "@blacksky/errors";

import { canReach, chooseAccount } from "./account.ts";
import type { Account } from "./account.ts";
import { ownRelocation, relocate } from "./relocation.ts";

/** Where one embedded PostgreSQL keeps its things. */
export interface Cluster {
  /** PostgreSQL's own data folder; does not exist before `initdb` made it. */
  readonly path: string;
  readonly account: Account | undefined;
  readonly password: string;
  readonly logPath: string;
}

const readPassword = (home: string): string => {
  const path = join(home, "password");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const password = randomBytes(24).toString("hex");
  writeFileSync(path, `${password}\n`, { mode: 0o600, flag: "wx" });
  return password;
};

const makeHome = (dataDir: string): string => {
  const home = join(dataDir, "postgres");
  try {
    // Others may pass through it, as root's PostgreSQL must, but not look.
    mkdirSync(home, { recursive: true, mode: 0o711 });
    return join(realpathSync(dataDir), "postgres");
  } catch (cause) {
    throw new BlackskyError("postgres.dataDir", `${home} cannot be created (${errorCode(cause)}).`, {
      hint: "Let DATA_DIR point to a folder that this user may write to.",
      cause,
    });
  }
};

/**
 * Decides where the cluster of a DATA_DIR lives and who owns it: inside, or, when root's DATA_DIR is closed to the user
 * that PostgreSQL runs as, in a folder of its own that DATA_DIR points to.
 */
export const locateCluster = async (dataDir: string): Promise<Cluster> => {
  const home = makeHome(dataDir);
  const inside = join(home, "cluster");
  const moved = ownRelocation(home);
  const account = chooseAccount(moved ?? inside);
  const shared = { account, logPath: join(home, "postgres.log") };
  if (account === undefined || (moved === undefined && canReach(home, account))) {
    return { ...shared, path: inside, password: readPassword(home) };
  }
  const folder = moved ?? (await relocate(home, account));
  return { ...shared, path: join(folder, "cluster"), password: readPassword(home) };
};
