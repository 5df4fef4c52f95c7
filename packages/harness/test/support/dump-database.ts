import { onDatabase } from "./on-database.ts";

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

const COLUMNS = `
  select table_schema as schema, table_name as table, column_name as column, data_type as type
  from information_schema.columns join information_schema.tables using (table_schema, table_name)
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;

/** Everything in a database: for each column of each table all its values, bytes as they are. */
export const dumpDatabase = (databaseUrl: string): Promise<ReadonlyMap<string, Buffer>> =>
  onDatabase(databaseUrl, async (database) => {
    const dumped = new Map<string, Buffer>();
    for (const { schema, table, column, type } of await database.rows<Column>(COLUMNS)) {
      const value = type === "bytea" ? `"${column}"` : `convert_to("${column}"::text, 'UTF8')`;
      const rows = await database.rows<{ value: Buffer | null }>(
        `select ${value} as value from "${schema}"."${table}"`,
      );
      dumped.set(`${schema}.${table}.${column}`, Buffer.concat(rows.flatMap((row) => row.value ?? [])));
    }
    return dumped;
  });
