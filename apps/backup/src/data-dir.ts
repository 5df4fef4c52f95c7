import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { BlackskyError, errorCode } from "@blacksky/errors";

const HOLDER_FILE = "lease-holder";

const readHolder = (path: string): string | undefined => {
  try {
    const holder = readFileSync(path, "utf8").trim();
    return holder === "" ? undefined : holder;
  } catch {
    return undefined;
  }
};

/**
 * The name under which this DATA_DIR holds leases: random, kept as long as the folder, so that a restarted process takes
 * its own lease again at once. The host is part of it, because a folder may be copied to another machine.
 *
 * @throws BlackskyError `backup.dataDir` when the folder cannot be written to
 */
export const leaseHolder = (dataDir: string, host: string): string => {
  const path = join(dataDir, HOLDER_FILE);
  try {
    mkdirSync(dataDir, { recursive: true });
    const known = readHolder(path);
    const id = known ?? randomUUID();
    if (known === undefined) writeFileSync(path, `${id}\n`, { mode: 0o600 });
    return `${id}@${host}`;
  } catch (cause) {
    throw new BlackskyError("backup.dataDir", `DATA_DIR ${dataDir} cannot be written to (${errorCode(cause)}).`, {
      hint: "Let DATA_DIR name a folder that this user may write to.",
      cause,
    });
  }
};
