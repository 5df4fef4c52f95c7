import { session } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";

import { startTestWorker } from "./backup-world.ts";
import type { TestWorker } from "./backup-world.ts";
import { everyByte, openEverything } from "./rekey-world.ts";
import { backups, damageFile, damageSnapshot, files, KEY, put, read } from "./snapshot-world.ts";
import { start, started, startLocal, wipeStore, world, write } from "./snapshot-world.ts";

const NEW_KEY = "another session key, just as long as the first";
const OLD_KEYS = { key: KEY };
const NEW_KEYS = { key: NEW_KEY, previousKey: KEY };
const SECRET = "private bytes of the device";
const RATCHET = "a".repeat(5_000);

const opened = (key: string | undefined) => openEverything(world.database, world.dataDir.path, key);
const rekey = (worker: TestWorker) =>
  worker.channel.request(session.rekey, { deadlineMs: 20_000 }, { deadlineMs: 20_000 });
const removable = (worker: TestWorker) =>
  worker.until(({ previousKey }) => previousKey === "removable", "the previous key can go");

/** A session with two snapshots, saved under some key or none. */
const save = async (keys: { key?: string } = OLD_KEYS): Promise<{ first: string; second: string }> => {
  const worker = startTestWorker({ dataDir: world.dataDir.path, databaseUrl: world.databaseUrl, ...keys });
  await worker.ready();
  await write(put("session/creds", SECRET), put("session/session/1.0", RATCHET));
  const first = await worker.snapshot();
  await write(put("session/session/1.0", "ratchet 2"));
  const second = await worker.snapshot();
  await worker.flush();
  await worker.shutDown();
  return { first, second };
};

const RECORDS = { "session/creds": SECRET, "session/session/1.0": "ratchet 2" };

const expectAllUnder = async (key: string, ids: readonly string[]): Promise<void> => {
  expect(await opened(key)).toEqual({
    rows: RECORDS,
    rowCount: 2,
    snapshots: ids.toSorted(),
    snapshotCount: ids.length,
    files: ids.map((id) => `${backups()}/${id}.snapshot`).toSorted(),
    fileCount: ids.length,
  });
};

describe("a changed key", () => {
  test("reads what the previous one has sealed, seals all of it anew, and says when the previous one can go", async () => {
    const { first, second } = await save();
    const worker = await started(NEW_KEYS);
    expect(worker.logged).toContain("keep SESSION_ENCRYPTION_KEY_PREVIOUS until");
    await removable(worker);
    expect(worker.logged).toContain("SESSION_ENCRYPTION_KEY_PREVIOUS can be removed");
    expect(await rekey(worker)).toEqual({ records: 2, snapshots: 2, files: 2, unreadable: [] });
    await worker.shutDown();

    await expectAllUnder(NEW_KEY, [first, second]);
    expect(await opened(KEY)).toMatchObject({ rows: {}, snapshots: [], files: [] });
    const bytes = await everyByte(world.database, files(), backups());
    for (const secret of [SECRET, "ratchet 2", KEY, NEW_KEY]) expect(bytes.includes(secret)).toBe(false);
    expect(worker.logged).not.toMatch(new RegExp(`${SECRET}|${KEY}|${NEW_KEY}`));

    world.dataDir.wipe();
    const alone = await started({ key: NEW_KEY });
    expect(alone.status).toMatchObject({ restoredFrom: "replica", previousKey: null });
    expect(await read()).toEqual(RECORDS);
  });

  test("restores from the previous one's rows, snapshots and files when the store is lost", async () => {
    const { first, second } = await save();
    wipeStore();
    const fromRows = await started(NEW_KEYS);
    expect(fromRows.status).toMatchObject({ restoredFrom: "replica" });
    expect(await read()).toEqual(RECORDS);
    await removable(fromRows);
    await fromRows.shutDown();
    await expectAllUnder(NEW_KEY, [first, second]);
  });

  test.each([
    ["snapshot", false],
    ["backup-file", true],
  ])("restores from the previous one's %s", async (rung, withoutSnapshots) => {
    await save();
    await world.database.run("delete from blacksky.replica_record");
    await world.database.run("delete from blacksky.replica");
    if (withoutSnapshots) await world.database.run("delete from blacksky.snapshot");
    wipeStore();
    const worker = await started(NEW_KEYS);
    expect(worker.status).toMatchObject({ restoredFrom: rung });
    expect(await read()).toEqual(RECORDS);
    await removable(worker);
    expect((await opened(NEW_KEY)).files).toHaveLength(2);
  });

  test("leaves damaged snapshots as they are, names them, and needs the previous key no more", async () => {
    const { first, second } = await save();
    await damageSnapshot(first);
    damageFile(`${second}.snapshot`);
    const before = await world.database.rows("select * from blacksky.snapshot_chunk where snapshot_id = $1", [first]);
    const worker = await started(NEW_KEYS);
    await removable(worker);
    expect(worker.logged).toContain("It was left as it is.");
    const { unreadable, ...counts } = await rekey(worker);
    expect(counts).toEqual({ records: 2, snapshots: 1, files: 1 });
    expect(unreadable).toEqual([`snapshot ${first}`, `${backups()}/${second}.snapshot`]);
    expect(await world.database.rows("select * from blacksky.snapshot_chunk where snapshot_id = $1", [first])).toEqual(
      before,
    );
    expect(files()).toEqual([`${first}.snapshot`, `${second}.snapshot`].toSorted());
  });

  test("seals rows anew that were set aside, and leaves the damaged ones among them", async () => {
    await save();
    await world.database.run(
      `insert into blacksky.replica_record (session_id, key, value, position)
       select 'BOT damaged at 2', key, value, position from blacksky.replica_record where session_id = 'BOT'
       union all select 'BOT damaged at 2', 'session/tctoken/7', '\\x0102', 1`,
    );
    const worker = await started(NEW_KEYS);
    await removable(worker);
    expect(worker.logged).toContain("1 rows of BOT damaged at 2");
    expect((await opened(NEW_KEY)).rows).toEqual({
      ...RECORDS,
      "BOT damaged at 2 session/creds": SECRET,
      "BOT damaged at 2 session/session/1.0": "ratchet 2",
    });
    expect((await opened(KEY)).rows).toEqual({});
  });

  test("goes on with snapshots meanwhile, and with the database away until it is back", async () => {
    const { first, second } = await save();
    await world.server.shutDown();
    let worker: TestWorker;
    let third: string;
    try {
      worker = await started(NEW_KEYS);
      third = await worker.snapshot();
      expect(worker.status?.previousKey).toBe("needed");
    } finally {
      await world.server.start();
    }
    await removable(worker);
    const fourth = await worker.snapshot();
    const inDatabase = [first, second, fourth].toSorted();
    expect(await opened(NEW_KEY)).toMatchObject({ snapshots: inDatabase, fileCount: 4 });
    expect((await opened(NEW_KEY)).files).toContain(`${backups()}/${third}.snapshot`);
  });

  test("changes nothing when neither key is the one", async () => {
    const { first, second } = await save();
    const worker = start({ key: NEW_KEY, previousKey: `${KEY}, but another` });
    expect(await worker.exited()).toBe(64);
    expect(worker.logged).toContain("SESSION_ENCRYPTION_KEY_PREVIOUS");
    await expectAllUnder(KEY, [first, second]);
  });
});

describe("a first key", () => {
  test("encrypts what was plain", async () => {
    const { first, second } = await save({});
    expect((await opened(undefined)).snapshots).toHaveLength(2);
    const worker = await started({ key: NEW_KEY });
    expect(await rekey(worker)).toEqual({ records: 2, snapshots: 2, files: 2, unreadable: [] });
    expect(worker.status?.previousKey).toBeNull();
    await worker.shutDown();
    await expectAllUnder(NEW_KEY, [first, second]);
    expect(await opened(undefined)).toMatchObject({ rows: {}, snapshots: [], files: [] });
    expect((await everyByte(world.database, files(), backups())).includes(SECRET)).toBe(false);
  });
});

describe("without a database", () => {
  test("the files are sealed anew", async () => {
    const worker = startLocal();
    await worker.ready();
    await write(put("session/creds", SECRET));
    await worker.snapshot();
    await worker.shutDown();
    const next = startLocal(NEW_KEYS);
    await next.ready();
    await removable(next);
    expect(await rekey(next)).toEqual({ records: 0, snapshots: 0, files: 1, unreadable: [] });
  });
});
