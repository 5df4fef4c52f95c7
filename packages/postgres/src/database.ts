import { errorCode } from "@blacksky/errors";
import pgPromise from "pg-promise";
import type { IBaseProtocol, IConnected, ParameterizedQuery } from "pg-promise";

import { connectionOptions } from "./connection-options.ts";
import { describeDatabaseError } from "./database-error.ts";
import { isSqlstate } from "./sqlstates.ts";

export interface DatabaseOptions {
  /** `postgres://…`; never logged and never quoted in an error. */
  readonly connectionString: string;
  /** Most connections at once. Small plans have 20 for two overlapping dynos. */
  readonly poolSize?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** Longest wait for the answer to one statement; a network that swallows packets ends here. */
  readonly queryTimeoutMs?: number;
}

/** Statements with `$1` parameters, which travel beside the text and are never spliced into it. */
export interface Queryable {
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The first row, `undefined` when there is none. */
  row<Row>(sql: string, values?: readonly unknown[]): Promise<Row | undefined>;
  /** Number of rows it touched. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
}

export interface TransactionOptions {
  /** `snapshot` sees one moment of the database and writes nothing. */
  readonly mode?: "write" | "snapshot";
}

/** A small pool of connections. Whatever it rejects with went through `describeDatabaseError`. */
export interface Database extends Queryable {
  transaction<T>(work: (transaction: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Waits for what runs, then disconnects. Twice is once. */
  close(): Promise<void>;
}

const IDLE_CONNECTION_MS = 60_000;
const DEFAULT_QUERY_TIMEOUT_MS = 30_000;
// A peer that vanished in the middle of a transaction would otherwise hold its row locks for the two hours of TCP.
const ABANDONED_TRANSACTION = "set local idle_in_transaction_session_timeout = '20s'";

// One root per process: pg-promise keeps its settings there. Without an `error` handler it stays silent.
const root = pgPromise({ noWarnings: true });
const { isolationLevel, TransactionMode } = root.txMode;
const SNAPSHOT = new TransactionMode({ tiLevel: isolationLevel.repeatableRead, readOnly: true });

const parameterized = (text: string, values: readonly unknown[] = []): ParameterizedQuery =>
  new root.ParameterizedQuery({ text, values: [...values] });

const queryable = (protocol: IBaseProtocol<object>): Queryable => ({
  rows: <Row>(sql: string, values?: readonly unknown[]) => protocol.any<Row>(parameterized(sql, values)),
  async row<Row>(sql: string, values?: readonly unknown[]) {
    const [first] = await protocol.any<Row>(parameterized(sql, values));
    return first;
  },
  run: (sql, values) => protocol.result(parameterized(sql, values), undefined, (result) => result.rowCount ?? 0),
});

/** Opens lazily: the first statement connects. A connection lost while idle is dropped, not thrown. */
export const openDatabase = (options: DatabaseOptions): Database => {
  const pool = root({
    ...connectionOptions(options.connectionString),
    max: options.poolSize ?? 2,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    keepAlive: true,
  });

  // pg-promise stops listening when the pool is closed, while connections may still break.
  pool.$pool.on("error", () => undefined);

  const withConnection = async <T>(work: (connection: IConnected<object, never>) => Promise<T>): Promise<T> => {
    let connection: IConnected<object, never> | undefined;
    let broken = false;
    try {
      connection = (await pool.connect()) as IConnected<object, never>;
      return await work(connection);
    } catch (error) {
      // A timed-out statement still occupies its connection: only a server that answered leaves a usable one.
      broken = !isSqlstate(errorCode(error));
      throw describeDatabaseError(error);
    } finally {
      await connection?.done(broken);
    }
  };

  let closing: Promise<void> | undefined;
  return {
    rows: (sql, values) => withConnection((connection) => queryable(connection).rows(sql, values)),
    row: (sql, values) => withConnection((connection) => queryable(connection).row(sql, values)),
    run: (sql, values) => withConnection((connection) => queryable(connection).run(sql, values)),
    transaction: (work, { mode = "write" } = {}) =>
      withConnection((connection) =>
        connection.tx(mode === "snapshot" ? { mode: SNAPSHOT } : {}, async (transaction) => {
          const statements = queryable(transaction);
          if (mode === "write") await statements.run(ABANDONED_TRANSACTION);
          return work(statements);
        }),
      ),
    close: () => (closing ??= pool.$pool.end()),
  };
};
