import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { makeDataDir, openBotStore } from "./backup-world.ts";
import { archives, isOrdered, prepare, stateOf } from "./order-world.ts";
import { backups, damageFile, damageSnapshot, files, KEY, listRows, put, read } from "./snapshot-world.ts";
import { start, started, startLocal, wipeBackups, world, write } from "./snapshot-world.ts";

const meta = async (name: string): Promise<string | undefined> => {
  const store = openBotStore(world.dataDir.path);
  const value = store.meta.get(name);
  await store.close();
  return value;
};

const refusalOf = async (work: Promise<unknown>): Promise<{ code: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it was not refused");
};

describe("the list of snapshots", () => {
  test("tells each once, newest first, with its places, and damaged files last", async () => {
    const worker = await started();
    const first = await prepare(worker);
    const second = await worker.snapshot("before the holidays");
    copyFileSync(join(backups(), `${second}.snapshot`), join(backups(), "torn.snapshot"));
    writeFileSync(join(backups(), "torn.snapshot"), readFileSync(join(backups(), "torn.snapshot")).subarray(0, 100));
    const { snapshots, unread } = await worker.snapshots();
    expect(unread).toEqual([]);
    expect(snapshots).toEqual([
      {
        readable: true,
        id: second,
        createdAt: expect.any(Number),
        reason: "before the holidays",
        position: 3,
        epoch: 1,
        recordCount: 2,
        bytes: expect.any(Number),
        places: ["database", "disk"],
      },
      expect.objectContaining({ id: first, position: 2, places: ["database", "disk"] }),
      { readable: false, id: "torn", places: ["disk"] },
    ]);
  });

  test("says that the database could not be looked into", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await world.database.run("alter table blacksky.snapshot rename to away");
    expect(await worker.snapshots()).toMatchObject({ unread: ["database"], snapshots: [{ id, places: ["disk"] }] });
    await world.database.run("alter table blacksky.away rename to snapshot");
  });
});

describe("a restore on demand", () => {
  test("keeps what is here, then puts the snapshot in its place at the next start, once", async () => {
    const worker = await started();
    const id = await prepare(worker);
    expect(await worker.restore(id)).toBe(2);
    expect(worker.restartsRequested).toEqual(["all"]);
    expect((await listRows()).map(({ reason }) => reason)).toEqual(["for the test", "before restore"]);
    await write(put("session/session/1.0", "ratchet 3"));
    await worker.shutDown();
    expect(await read()).toEqual(stateOf("ratchet 3"));

    const next = await started();
    expect(next.status).toMatchObject({ restoredFrom: "snapshot", restoredAgeMs: expect.any(Number) });
    expect(await read()).toEqual(stateOf("ratchet 1"));
    expect([await meta("origin"), await meta("restored.tail")]).toEqual(["restored", "unknown"]);
    expect(isOrdered()).toBe(false);
    expect(archives()).toHaveLength(1);
    // Written after the order: kept as well.
    expect((await listRows()).map(({ reason }) => reason)).toEqual([
      "for the test",
      "before restore",
      "before restore",
    ]);
    await write(put("session/session/1.0", "ratchet 1b"));
    await next.flush();
    await next.shutDown();

    const third = await started();
    expect(third.status).toMatchObject({ restoredFrom: "local" });
    await third.shutDown();
    world.dataDir.wipe();
    const elsewhere = await started();
    expect(elsewhere.status).toMatchObject({ restoredFrom: "replica" });
    expect(await read()).toEqual(stateOf("ratchet 1b"));
  });

  test("takes no second snapshot of what was kept already, and holds the lease until it is back", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await worker.restore(id);
    const standby = makeDataDir();
    const other = start({ dataDir: standby.path, host: "elsewhere", pace: { leaseTtlMs: 20_000 } });
    await other.leaseLost();
    await worker.shutDown();
    const next = await started();
    expect(await read()).toEqual(stateOf("ratchet 1"));
    expect(await listRows()).toHaveLength(2);
    await next.shutDown();
    await other.ready();
    await other.shutDown();
    standby.wipe();
  });

  test("is refused without force, in words that say how much older it is", async () => {
    const worker = await started();
    const id = await prepare(worker);
    const { code, message } = await refusalOf(worker.restore(id, false));
    expect(code).toBe("backup.olderSnapshot");
    expect(message).toMatch(/taken \d seconds? ago and is 1 changes? older .*\(position 2, here 3\).*is lost/);
    expect(isOrdered()).toBe(false);
    expect(await listRows()).toHaveLength(1);
    expect(worker.restartsRequested).toEqual([]);
    const newest = await worker.snapshot();
    expect(await worker.restore(newest, false)).toBe(3);
  });

  test("is refused for a snapshot that is damaged wherever it is, not for one that is whole somewhere", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await damageSnapshot(id);
    expect(await worker.restore(id)).toBe(2);
    expect(await refusalOf(worker.restore(id))).toMatchObject({ code: "backup.restoring" });
    await worker.shutDown();
    const next = await started();
    expect(next.status).toMatchObject({ restoredFrom: "backup-file" });
    damageFile(`${id}.snapshot`);
    expect(await refusalOf(next.restore(id))).toMatchObject({ code: "backup.snapshotCorrupt" });
    expect(next.restartsRequested).not.toContain("all");
    expect(isOrdered()).toBe(false);
  });

  test("is refused for another session's snapshot, for none at all, and for one without a session", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await world.database.run("delete from blacksky.snapshot");
    const file = join(backups(), `${id}.snapshot`);
    const text = readFileSync(file).toString("latin1");
    writeFileSync(file, text.replace('"sessionId":"BOT"', '"sessionId":"TOB"'), "latin1");
    expect(await refusalOf(worker.restore(id))).toMatchObject({ code: "backup.otherSession" });
    expect(await refusalOf(worker.restore("../../etc/passwd"))).toMatchObject({ code: "backup.noSnapshot" });
    const store = openBotStore(world.dataDir.path);
    await store.write([
      { key: "session/creds", value: undefined },
      { key: "session/session/1.0", value: undefined },
    ]);
    await store.write([put("archive/x", "y")]);
    await store.close();
    const empty = await worker.snapshot();
    expect(await refusalOf(worker.restore(empty))).toMatchObject({ code: "backup.emptySnapshot" });
    expect(isOrdered()).toBe(false);
  });

  test("is refused when the snapshot was taken with another key", async () => {
    const first = await started();
    const id = await prepare(first);
    await first.flush();
    await first.shutDown();
    // With the replica still there, no worker would begin with another key.
    await world.database.run("delete from blacksky.replica_record");
    await world.database.run("delete from blacksky.replica");
    const worker = await started({ key: `${KEY}, but another` });
    expect(await refusalOf(worker.restore(id))).toMatchObject({ code: "backup.wrongKey" });
    expect(await refusalOf(worker.restore(id))).toMatchObject({ code: "backup.wrongKey" });
    expect(isOrdered()).toBe(false);
    expect(await read()).toEqual(stateOf("ratchet 2"));
  });

  test("is refused while the database cannot be read, or what is here cannot be kept", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await world.database.run("alter table blacksky.snapshot_chunk rename to away");
    expect(await refusalOf(worker.restore(id))).toMatchObject({ code: "backup.notReplicating" });
    await world.database.run("alter table blacksky.away rename to snapshot_chunk");
    wipeBackups();
    writeFileSync(backups(), "in the way");
    expect(await refusalOf(worker.restore(id))).toMatchObject({ code: "backup.snapshotFile" });
    expect(isOrdered()).toBe(false);
    expect(worker.restartsRequested).toEqual([]);
  });

  test("is not undone by retention, which spares the snapshot that is about to be restored", async () => {
    const worker = await started({ retention: 1 });
    const id = await prepare(worker);
    await worker.restore(id);
    expect((await listRows()).map((row) => row.id)).toContain(id);
    expect(files()).toContain(`${id}.snapshot`);
    await worker.shutDown();
    await started({ retention: 1 });
    expect(await read()).toEqual(stateOf("ratchet 1"));
  });

  test("works without any database", async () => {
    const worker = startLocal();
    await worker.ready();
    const id = await prepare(worker);
    await worker.restore(id);
    await worker.shutDown();
    const next = startLocal();
    await next.ready();
    expect(next.status).toMatchObject({ restoredFrom: "backup-file" });
    expect(await read()).toEqual(stateOf("ratchet 1"));
    expect(archives()).toHaveLength(1);
  });
});
