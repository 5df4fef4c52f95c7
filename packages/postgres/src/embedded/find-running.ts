import { existsSync } from "node:fs";
import { join } from "node:path";

import { locateCluster } from "./cluster.ts";
import { connectionStringOf } from "./connection-string.ts";
import { livePostmaster } from "./postmaster-file.ts";
import { isAnswering } from "./postmaster.ts";

/**
 * The way to the embedded PostgreSQL of a DATA_DIR, if it runs now. Nothing is started, and nothing written.
 *
 * @returns a connection string, as secret as the data
 */
export const findRunningPostgres = async (dataDir: string): Promise<string | undefined> => {
  // Looking for a cluster makes what is missing of its folder.
  if (!existsSync(join(dataDir, "postgres", "password"))) return undefined;
  const cluster = await locateCluster(dataDir);
  const server = livePostmaster(cluster.path);
  if (server?.status !== "ready" || !(await isAnswering(server.port))) return undefined;
  return connectionStringOf(cluster, server.port);
};
