import type { Cluster } from "./cluster.ts";
import { DATABASE_USER } from "./initialise.ts";

/** How a client gets to a cluster that listens on this port of this machine. */
export const connectionStringOf = ({ password }: Pick<Cluster, "password">, port: number): string =>
  `postgres://${DATABASE_USER}:${password}@127.0.0.1:${port}/postgres`;
