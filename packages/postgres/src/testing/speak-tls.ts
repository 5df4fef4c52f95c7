import { errorCode } from "@blacksky/errors";

import { openDatabase } from "../database.ts";
import type { Database } from "../database.ts";
import type { Certificate } from "./certificate.ts";
import type { TestServer } from "./test-server.ts";

const connect = (server: TestServer, sslmode: "disable" | "require"): Database => {
  const connectionString = `${server.connectionString}?sslmode=${sslmode}`;
  return openDatabase({ connectionString, applicationName: "test-server", connectTimeoutMs: 10_000 });
};

const asSuperuser = async (server: TestServer, work: (database: Database) => Promise<void>): Promise<void> => {
  let database = connect(server, "disable");
  try {
    if ((await database.row("select 1").catch(errorCode)) === "database.tlsRequired") {
      await database.close();
      database = connect(server, "require");
    }
    await work(database);
  } finally {
    await database.close();
  }
};

/** The server itself writes, as its own user and into its own folder: it takes no key that others could read. */
const writeFile = async (database: Database, name: string, text: string): Promise<void> => {
  const lines = text.trimEnd().split("\n");
  const rows = lines.map((line, at) => `(${at}, '${line}')`).join(", ");
  await database.run(
    `copy (select line from (values ${rows}) as lines (at, line) order by at) to program 'umask 077; cat > ${name}'`,
  );
};

/**
 * Lets a server speak TLS from now on.
 *
 * @param demand whether it refuses whoever comes without, as Heroku's do
 */
export const speakTls = (server: TestServer, { certificate, key }: Certificate, demand: boolean): Promise<void> =>
  asSuperuser(server, async (database) => {
    await writeFile(database, "server.crt", certificate);
    await writeFile(database, "server.key", key);
    await writeFile(database, "pg_hba.conf", `${demand ? "hostssl" : "host"} all all all scram-sha-256`);
    await database.run("alter system set ssl = on");
    await database.run("select pg_reload_conf()");
    // Each connection is led by a copy of what the server has read by then.
    let row: { on: boolean } | undefined;
    do {
      row = await database.row<{ on: boolean }>("select current_setting('ssl') = 'on' as on");
    } while (row?.on !== true);
  });
