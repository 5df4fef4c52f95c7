import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { makeDataDir, openBotStore } from "./backup-world.ts";
import { damageFile, damageRows, damageSnapshot, files, KEY, listRows, put, read } from "./snapshot-world.ts";
import { start, started, startLocal, wipeBackups, wipeStore, world, write } from "./snapshot-world.ts";

/** Two snapshots of a session that went on after them; everything is replicated, and the worker has ended. */
const prepareHistory = async (): Promise<{ first: string; second: string }> => {
  const worker = await started();
  await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 1"));
  const first = await worker.snapshot();
  await write(put("session/session/1.0", "ratchet 2"));
  const second = await worker.snapshot();
  await write(put("session/session/1.0", "ratchet 3"));
  await worker.flush();
  await worker.shutDown();
  return { first, second };
};

const stateOf = (ratchet: string): Record<string, string> => ({
  "session/creds": "me",
  "session/session/1.0": ratchet,
});

describe("the restore ladder", () => {
  test("takes the newest snapshot in PostgreSQL when a row is damaged, puts the rows aside, and goes on", async () => {
    await prepareHistory();
    await damageRows();
    world.dataDir.wipe();
    const worker = await started();
    const { restoredFrom, restoredAgeMs } = worker.status ?? {};
    expect({ restoredFrom, records: await read() }).toEqual({
      restoredFrom: "snapshot",
      records: stateOf("ratchet 2"),
    });
    expect(restoredAgeMs).toBeGreaterThan(0);
    const aside = await world.database.rows("select key from blacksky.replica_record where session_id <> 'BOT'");
    expect(aside).toHaveLength(2);
    await write(put("session/session/1.0", "ratchet 4"));
    await worker.flush();
    await worker.shutDown();
    world.dataDir.wipe();
    const next = await started();
    expect(next.status).toMatchObject({ restoredFrom: "replica" });
    expect(await read()).toEqual(stateOf("ratchet 4"));
  });

  test("passes over a damaged snapshot, and one whose row was changed by hand", async () => {
    const { second } = await prepareHistory();
    await damageRows();
    await damageSnapshot(second);
    world.dataDir.wipe();
    const worker = await started();
    expect(worker.logged).toContain("trying the next one");
    expect(await read()).toEqual(stateOf("ratchet 1"));
  });

  test("takes a file of this disk when PostgreSQL has no good snapshot, and passes over a damaged one", async () => {
    const { first, second } = await prepareHistory();
    await damageRows();
    await damageSnapshot(first);
    await damageSnapshot(second);
    damageFile(`${second}.snapshot`);
    wipeStore();
    const worker = await started();
    expect(worker.status).toMatchObject({ restoredFrom: "backup-file" });
    expect(await read()).toEqual(stateOf("ratchet 1"));
  });

  test("fails closed when every rung is damaged, and changes nothing", async () => {
    const { first, second } = await prepareHistory();
    await damageRows();
    await damageSnapshot(first);
    await damageSnapshot(second);
    wipeBackups();
    wipeStore();
    const worker = start();
    expect(await worker.exited()).toBe(75);
    expect(worker.logged).toContain("none is whole; 2 are damaged");
    expect(existsSync(join(world.dataDir.path, "store", "BOT"))).toBe(false);
    expect(await listRows()).toHaveLength(2);
  });

  test("says that the key is wrong, and changes nothing", async () => {
    await prepareHistory();
    await damageRows();
    await world.database.run("update blacksky.replica set key_fingerprint = null");
    wipeStore();
    const before = await world.database.rows("select * from blacksky.snapshot_chunk order by snapshot_id, index");
    const worker = start({ key: `${KEY}, but another` });
    expect(await worker.exited()).toBe(64);
    expect(worker.logged).toContain("is encrypted, and SESSION_ENCRYPTION_KEY is another");
    expect(existsSync(join(world.dataDir.path, "store", "BOT"))).toBe(false);
    expect(await world.database.rows("select * from blacksky.snapshot_chunk order by snapshot_id, index")).toEqual(
      before,
    );
    expect(files()).toHaveLength(2);
  });

  test("takes a snapshot when the rows are gone but the snapshots are not: no new session begins", async () => {
    await prepareHistory();
    await world.database.run("delete from blacksky.replica_record");
    await world.database.run("delete from blacksky.replica");
    world.dataDir.wipe();
    const worker = await started();
    expect(worker.status).toMatchObject({ restoredFrom: "snapshot" });
    expect(await read()).toEqual(stateOf("ratchet 2"));
  });

  test("does not put an older snapshot in the place of a newer local store", async () => {
    const { second } = await prepareHistory();
    const records = await read();
    await world.database.run("update blacksky.replica set position = position + 1");
    await damageRows();
    const worker = start();
    expect(await worker.exited()).toBe(75);
    expect(worker.logged).toContain("older than what it would replace");
    expect(worker.logged).toContain(second);
    expect(await read()).toEqual(records);
  });

  test("keeps a snapshot of the store that it replaces", async () => {
    await prepareHistory();
    const elsewhere = makeDataDir();
    const other = await started({ dataDir: elsewhere.path, host: "elsewhere" });
    const store = openBotStore(elsewhere.path);
    await store.write([put("session/session/1.0", "continued")]);
    await other.flush();
    await store.close();
    await other.shutDown();
    await write(put("session/session/1.0", "stale"));
    const back = await started();
    expect(back.status).toMatchObject({ restoredFrom: "replica" });
    expect((await listRows()).map(({ reason }) => reason)).toEqual(["for the test", "for the test", "before restore"]);
    elsewhere.wipe();
  });
});

describe("an imported session", () => {
  test.each([
    ["", KEY],
    [", also of one whose key is lost", `${KEY}, but another`],
  ])("takes the replica's place, whose rows are put aside%s", async (_, key) => {
    await prepareHistory();
    wipeStore();
    const store = openBotStore(world.dataDir.path);
    await store.restore([{ key: "session/creds", value: Buffer.from("another") }], 1_000);
    store.meta.set("imported", "Infinity");
    await store.close();
    const worker = await started({ key });
    await worker.flush();
    expect(await read()).toEqual({ "session/creds": "another" });
    const aside = await world.database.rows<{ session_id: string }>(
      "select session_id from blacksky.replica_record where session_id <> 'BOT'",
    );
    expect(aside.map(({ session_id }) => session_id)).toEqual(["BOT replaced at 4", "BOT replaced at 4"]);
  });
});

describe("without a database", () => {
  test("snapshots are on this disk, and a store that is lost or damaged is restored from the newest", async () => {
    const worker = startLocal();
    await worker.ready();
    await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 1"));
    await worker.snapshot();
    expect(worker.status?.lastSnapshotAt).not.toBeNull();
    await worker.shutDown();
    wipeStore();
    const second = startLocal();
    await second.ready();
    expect(second.status).toMatchObject({ restoredFrom: "backup-file" });
    expect(await read()).toEqual(stateOf("ratchet 1"));
    await second.shutDown();
    writeFileSync(join(world.dataDir.path, "store", "BOT", "data.mdb"), "damaged");
    const third = startLocal();
    await third.ready();
    expect(third.status).toMatchObject({ restoredFrom: "backup-file" });
    expect(await read()).toEqual(stateOf("ratchet 1"));
  });
});
