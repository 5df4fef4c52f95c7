import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createReplicaClient } from "@blacksky/postgres";
import { restoreOrderPath, storePath, writeRestoreOrder } from "@blacksky/store";
import { describe, expect, test } from "@jest/globals";

import { makeDataDir, openBotStore } from "./backup-world.ts";
import type { TestWorker } from "./backup-world.ts";
import { backups, damageFile, damageSnapshot, files, KEY, listRows, put, read } from "./snapshot-world.ts";
import { start, started, startLocal, wipeBackups, world, write } from "./snapshot-world.ts";

const stateOf = (ratchet: string): Record<string, string> => ({
  "session/creds": "me",
  "session/session/1.0": ratchet,
});

/** A session with a snapshot that it has gone on from. */
const prepare = async (worker: TestWorker): Promise<string> => {
  await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 1"));
  const id = await worker.snapshot();
  await write(put("session/session/1.0", "ratchet 2"));
  return id;
};

const path = (): string => storePath(world.dataDir.path, "BOT");
const isOrdered = (): boolean => existsSync(restoreOrderPath(path()));
const archives = (): string[] =>
  readdirSync(join(world.dataDir.path, "store")).filter((name) => name.includes(".archived-"));
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

describe("an order", () => {
  const order = { id: "order-1", sessionId: "BOT", orderedAt: 1, basis: null };

  test("that was written while the bot was stopped keeps the replica that it replaces", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await worker.flush();
    await worker.shutDown();
    world.dataDir.wipe();
    await writeRestoreOrder(path(), { ...order, snapshotId: id });
    const next = await started();
    expect(next.status).toMatchObject({ restoredFrom: "snapshot" });
    expect(await read()).toEqual(stateOf("ratchet 1"));
    await next.flush();
    const aside = await world.database.rows(
      "select key from blacksky.replica_record where session_id like 'BOT replaced%'",
    );
    expect(aside).toHaveLength(2);
    expect(await createReplicaClient(world.database).readPosition("BOT")).toBeGreaterThan(3);
  });

  test("that was carried out by a process that died before it could say so is not carried out again", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await worker.shutDown();
    await writeRestoreOrder(path(), { ...order, snapshotId: id });
    const next = await started();
    await write(put("session/session/1.0", "ratchet 1b"));
    await next.shutDown();
    await writeRestoreOrder(path(), { ...order, snapshotId: id });
    await started();
    expect(await read()).toEqual(stateOf("ratchet 1b"));
    expect(isOrdered()).toBe(false);
    expect(archives()).toHaveLength(1);
  });

  test.each([
    ["whose snapshot is damaged meanwhile", "snapshot-damaged", "damaged wherever it is"],
    ["whose snapshot is gone", "snapshot-gone", "not there any more"],
    ["that nobody can read", "unreadable", "nobody can read which"],
    ["that another process has overtaken", "overtaken", "has gone on with the session"],
  ])("%s is dropped, and the session that is here stays", async (_name, what, words) => {
    const worker = await started();
    const id = await prepare(worker);
    await worker.flush();
    await worker.shutDown();
    const basis = { position: 3, epoch: what === "overtaken" ? 0 : 1 };
    await writeRestoreOrder(path(), { ...order, basis, snapshotId: what === "snapshot-gone" ? "another" : id });
    if (what === "snapshot-damaged") {
      await damageSnapshot(id);
      damageFile(`${id}.snapshot`);
    }
    if (what === "unreadable") writeFileSync(restoreOrderPath(path()), "{");
    const next = await started();
    expect(next.logged).toContain(words);
    expect(next.status).toMatchObject({ restoredFrom: "local" });
    expect(await read()).toEqual(stateOf("ratchet 2"));
    expect(isOrdered()).toBe(false);
    expect(archives()).toEqual([]);
  });

  test("waits for a database that is away, and is carried out when it is back", async () => {
    const worker = await started();
    const id = await prepare(worker);
    await worker.restore(id);
    await worker.shutDown();
    await world.database.run("alter table blacksky.replica rename to away");
    const next = start();
    await next.untilLogged("The database cannot be used");
    await world.database.run("alter table blacksky.away rename to replica");
    await next.ready();
    expect(await read()).toEqual(stateOf("ratchet 1"));
  });
});
