import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import { embeddedPostgresInstalled, openDatabase, startEmbeddedPostgres } from "@blacksky/postgres";
import type { Database, EmbeddedPostgres } from "@blacksky/postgres";

/** Where the replica lives. */
export interface DatabaseSource {
  /** The pool; an embedded server is started for it, also again when it has died. Throws only for an embedded one. */
  open(): Promise<Database>;
  /** Disconnects, and stops the server if it is ours. */
  close(): Promise<void>;
}

const APPLICATION_NAME = "blacksky-backup";
const CONNECT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 20_000;

const connect = (connectionString: string): Database =>
  openDatabase({
    connectionString,
    applicationName: APPLICATION_NAME,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });

const givenSource = (url: string): DatabaseSource => {
  const database = connect(url);
  return { open: async () => database, close: () => database.close() };
};

const embeddedSource = (dataDir: string, log: Logger, clock: Clock): DatabaseSource => {
  let server: EmbeddedPostgres | undefined;
  let database: Database | undefined;
  let starting: Promise<EmbeddedPostgres> | undefined;

  const start = (): Promise<EmbeddedPostgres> => {
    // On the port it had, so that the pool finds it again.
    const port = server === undefined ? {} : { port: server.port };
    starting ??= startEmbeddedPostgres({ dataDir, ...port, clock, log: (sentence) => log.info(sentence) }).finally(
      () => (starting = undefined),
    );
    return starting;
  };

  return {
    async open() {
      if (server?.isRunning() !== true) server = await start();
      database ??= connect(server.connectionString);
      return database;
    },
    async close() {
      await starting?.catch(() => undefined);
      await database?.close();
      await server?.stop();
    },
  };
};

export interface DatabaseChoice {
  /** `DATABASE_URL`. */
  readonly url: string | undefined;
  readonly dataDir: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Whether there is a PostgreSQL to start; asked of the installation by default. */
  readonly embeddedInstalled?: boolean;
}

/** The configured database, else an embedded one where its package is installed, else none. */
export const chooseDatabase = ({ url, dataDir, log, clock, ...choice }: DatabaseChoice): DatabaseSource | undefined => {
  if (url !== undefined) return givenSource(url);
  if (choice.embeddedInstalled ?? embeddedPostgresInstalled()) return embeddedSource(dataDir, log, clock);
  log.warn(
    "There is no database: the session lives on this disk alone and is lost with it. Set DATABASE_URL to keep it.",
  );
  return undefined;
};
