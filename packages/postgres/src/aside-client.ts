import { packValues } from "./change-set.ts";
import type { ReplicaRecord } from "./change-set.ts";
import type { Database } from "./database.ts";
import { fencedError } from "./lease.ts";
import type { Lease } from "./lease.ts";

/** Records that `ReplicaClient.setRecordsAside` has kept. */
export interface AsideClient {
  /** The names under which some of a session are. */
  list(sessionId: string): Promise<string[]>;
  /** Those of one name, in the order of keys, a batch at a time. */
  read(sessionId: string, name: string, batchRows: number): AsyncIterable<readonly ReplicaRecord[]>;
  /**
   * Gives records other values, all or none, under the lease.
   *
   * @throws BlackskyError `replica.fenced` when the lease is another's
   */
  rewrite(lease: Lease, name: string, records: readonly ReplicaRecord[]): Promise<void>;
}

// From one id to the next through the index: there are few ids and many rows. No id of a session has a space in it.
const LIST = `
  with recursive id as (
    (select session_id from blacksky.replica_record order by session_id limit 1)
    union all
    select (
      select next.session_id from blacksky.replica_record as next
      where next.session_id > id.session_id order by next.session_id limit 1
    ) from id where id.session_id is not null
  )
  select substr(session_id, length($1) + 2) as name from id where starts_with(session_id, $1 || ' ')`;

const READ = `
  select key, value from blacksky.replica_record
  where session_id = $1 || ' ' || $2 and key > $3 order by key limit $4`;

const REWRITE = `
  with fence as (
    select session_id from blacksky.replica
    where session_id = $1 and epoch = $2 and lease_holder = $3
    for share
  )
  update blacksky.replica_record as record
  set value = substring($6::bytea from change.start for change.size)
  from fence, unnest($5::text[], $7::int[], $8::int[]) as change (key, start, size)
  where record.session_id = fence.session_id || ' ' || $4 and record.key = change.key`;

async function* read(
  database: Database,
  sessionId: string,
  name: string,
  batchRows: number,
): AsyncGenerator<readonly ReplicaRecord[]> {
  for (let after = ""; ;) {
    const batch = await database.rows<ReplicaRecord>(READ, [sessionId, name, after, batchRows]);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    after = last.key;
  }
}

/** Reads and rewrites what was set aside. */
export const createAsideClient = (database: Database): AsideClient => ({
  async list(sessionId) {
    const rows = await database.rows<{ name: string }>(LIST, [sessionId]);
    return rows.map(({ name }) => name);
  },
  read: (sessionId, name, batchRows) => read(database, sessionId, name, batchRows),
  async rewrite(lease, name, records) {
    const { sessionId, epoch, holder } = lease;
    const { block, offsets, lengths } = packValues(records);
    const keys = records.map(({ key }) => key);
    const changed = await database.run(REWRITE, [sessionId, epoch, holder, name, keys, block, offsets, lengths]);
    if (changed === 0) throw fencedError(lease);
  },
});
