import { BlackskyError } from "@blacksky/errors";

import type { Database, Queryable } from "./database.ts";
import { MIGRATIONS } from "./migrations/all.ts";
import type { Migration } from "./migrations/migration.ts";

// Any constant does, as long as nothing else in a shared database takes it: "blacksky" on a phone's keys.
const MIGRATION_LOCK = 2_522_575_975;

const newer = (found: number, known: number): BlackskyError =>
  new BlackskyError("database.newer", `The database has schema version ${found}; this build knows ${known}.`, {
    hint: "A newer build of this bot has used it. Deploy that build again, or point DATABASE_URL elsewhere.",
  });

// Not `to_regclass`: it answers from the connection's catalogue cache, which an advisory lock does not refresh.
const TABLE_EXISTS = `
  select exists (
    select from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'blacksky' and relname = 'migration'
  ) as exists`;

const currentVersion = async (database: Queryable): Promise<number> => {
  const table = await database.row<{ exists: boolean }>(TABLE_EXISTS);
  if (table?.exists !== true) return 0;
  const newest = await database.row<{ version: number }>(
    "select coalesce(max(version), 0)::int as version from blacksky.migration",
  );
  return newest?.version ?? 0;
};

const applyNext = (database: Database, migrations: readonly Migration[]): Promise<number | undefined> =>
  database.transaction(async (transaction) => {
    await transaction.run("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const version = await currentVersion(transaction);
    const latest = migrations.length;
    if (version > latest) throw newer(version, latest);
    const next = migrations[version];
    if (next === undefined) return undefined;
    if (version === 0) {
      await transaction.run("create schema if not exists blacksky");
      await transaction.run(
        "create table if not exists blacksky.migration (version int primary key, applied_at timestamptz not null default now())",
      );
    }
    await next.up(transaction);
    await transaction.run("insert into blacksky.migration (version) values ($1)", [next.version]);
    return next.version;
  });

/**
 * Brings the schema `blacksky` up to this build, one transaction per step, under an advisory lock: any number of
 * processes may do it at once. A database that is up to date is only read.
 *
 * @returns the versions that were applied
 * @throws BlackskyError `database.newer`, with nothing touched, when a later build has been here
 */
export const migrate = async (database: Database, migrations = MIGRATIONS): Promise<number[]> => {
  const found = await currentVersion(database);
  if (found > migrations.length) throw newer(found, migrations.length);
  const applied: number[] = [];
  if (found === migrations.length) return applied;
  for (let version = await applyNext(database, migrations); version !== undefined;) {
    applied.push(version);
    version = await applyNext(database, migrations);
  }
  return applied;
};
