import { openDatabase } from "@blacksky/postgres";
import { BufferJSON } from "@whiskeysockets/baileys";
import { median } from "../figures.ts";
import { record, type Samples } from "./figures.ts";
import { makeFolder, openOurs } from "./key-stores.ts";
import { makeRecords } from "./trace.ts";

const DIRTY_RECORDS = 1000;
const UPSERT_KEYS = 500;
const TIMES = 5;

/** Names of the figures that `measureFlush` records. */
export const FLUSH = {
  ours: "flush of 1,000 dirty records, ms",
  plain: "one upsert of 500 keys, ms",
} as const;

const UPSERT = `insert into flushed_key (session_id, key, value)
  select $1, key, value from unnest($2::text[], $3::text[]) as change (key, value)
  on conflict (session_id, key) do update set value = excluded.value`;

/** The last flush before the end, beside the quickest statement that PostgreSQL has for half as many rows. */
export const measureFlush = async (samples: Samples, databaseUrl: string, key: string): Promise<void> => {
  const folder = makeFolder("flush");
  const ours = await openOurs(folder.path, databaseUrl, key);
  const database = openDatabase({ connectionString: databaseUrl, applicationName: "bench", connectTimeoutMs: 5000 });
  await database.run(`create table if not exists flushed_key (
    session_id text not null, key text not null, value text not null, primary key (session_id, key))`);
  const times = { ours: [] as number[], plain: [] as number[] };
  for (let time = 0; time <= TIMES; time++) {
    const records = makeRecords(DIRTY_RECORDS);
    await Promise.all(records.map((keys) => ours.set(keys)));
    let from = performance.now();
    await ours.worker.flush();
    times.ours.push(performance.now() - from);

    const rows = makeRecords(UPSERT_KEYS).flatMap(({ session }) => Object.entries(session ?? {}));
    const ids = rows.map(([id]) => id);
    const values = rows.map(([, value]) => JSON.stringify(value, BufferJSON.replacer));
    from = performance.now();
    await database.run(UPSERT, ["plain", ids, values]);
    times.plain.push(performance.now() - from);
  }
  // The first of each only made the rows.
  record(samples, FLUSH.ours, median(times.ours.slice(1)));
  record(samples, FLUSH.plain, median(times.plain.slice(1)));
  await database.close();
  await ours.close();
  folder.remove();
};
