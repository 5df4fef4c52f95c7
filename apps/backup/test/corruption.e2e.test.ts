import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { damageRows, damageSnapshot, backups, files, KEY, put, read } from "./snapshot-world.ts";
import { start, started, startLocal, wipeStore, world, write } from "./snapshot-world.ts";

const CREDS = { "session/creds": "me" };
const NEWEST = { ...CREDS, "session/session/1.0": "ratchet 3" };
const SECOND = { ...CREDS, "session/session/1.0": "ratchet 2" };
const FIRST = { ...CREDS, "session/session/1.0": "ratchet 1" };

/** A session with two snapshots that went on after them; everything is replicated, and the worker has ended. */
const prepare = async (): Promise<{ first: string; second: string }> => {
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

const replaceAll = (bytes: Buffer, from: string, to: string): void => {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
};

const run = (sql: string, values: unknown[] = []): Promise<number> => world.database.run(sql, values);

describe("a row of the replica", () => {
  test.each([
    ["is cut", "update blacksky.replica_record set value = substring(value for 3) where key = 'session/creds'"],
    ["is empty", "update blacksky.replica_record set value = '' where key = 'session/creds'"],
    [
      "lies under another name",
      "update blacksky.replica_record as one set value = other.value from blacksky.replica_record as other where one.key = 'session/creds' and other.key <> one.key",
    ],
    ["is missing", "delete from blacksky.replica_record where key = 'session/creds'"],
    [
      "is one too many",
      "insert into blacksky.replica_record select session_id, 'session/session/9.0', value, position from blacksky.replica_record where key = 'session/creds'",
    ],
  ])("that %s leads to the newest snapshot, and the rows are kept", async (_, damage) => {
    await prepare();
    await run(damage);
    world.dataDir.wipe();
    const worker = await started();
    expect(worker.status?.restoredFrom).toBe("snapshot");
    expect(await read()).toEqual(SECOND);
    expect(worker.logged).toContain("The replica is damaged. It is kept as it is; looking for a snapshot.");
    expect(worker.logged).toContain("The damaged rows of the replica were put aside.");
    const aside = await world.database.rows(
      "select 1 from blacksky.replica_record where session_id like 'BOT damaged%'",
    );
    expect(aside.length).toBeGreaterThan(0);
  });
});

describe("a snapshot in PostgreSQL", () => {
  test.each([
    ["lacks a chunk", "delete from blacksky.snapshot_chunk where snapshot_id = $1 and index = 0"],
    ["lacks its end", "delete from blacksky.snapshot_chunk where snapshot_id = $1 and index = 1"],
    ["has a chunk too many", "insert into blacksky.snapshot_chunk values ($1, 2, '\\x00')"],
    ["was described anew by hand", "update blacksky.snapshot set created_at = now() where id = $1"],
    ["has a cut chunk", "update blacksky.snapshot_chunk set content = substring(content for 9) where snapshot_id = $1"],
  ])("that %s is passed over", async (_, damage) => {
    const { second } = await prepare();
    await damageRows();
    await run(damage, [second]);
    world.dataDir.wipe();
    const worker = await started();
    expect(worker.status?.restoredFrom).toBe("snapshot");
    expect(await read()).toEqual(FIRST);
    expect(worker.logged).toContain("A snapshot is damaged; trying the next one.");
  });

  test("whose row is gone is not there, and the one before it is taken", async () => {
    const { second } = await prepare();
    await damageRows();
    await run("delete from blacksky.snapshot where id = $1", [second]);
    world.dataDir.wipe();
    await started();
    expect(await read()).toEqual(FIRST);
  });
});

describe("a backup file", () => {
  const change = (name: string, how: (bytes: Buffer) => Buffer): void => {
    const path = join(backups(), name);
    writeFileSync(path, how(readFileSync(path)));
  };
  const zeroed = (from: (size: number) => number) => (bytes: Buffer) =>
    bytes.fill(0, from(bytes.length), from(bytes.length) + 8);

  test.each([
    ["head", zeroed(() => 0)],
    ["first chunk", zeroed(() => 40)],
    ["middle", zeroed((size) => Math.floor(size / 2) - 60)],
    ["tail", zeroed((size) => size - 8)],
  ])("whose %s is damaged is passed over, and stays", async (_, how) => {
    const { first, second } = await prepare();
    await damageRows();
    for (const id of [first, second]) await damageSnapshot(id);
    change(`${second}.snapshot`, how);
    wipeStore();
    const worker = await started();
    expect(worker.status?.restoredFrom).toBe("backup-file");
    expect(await read()).toEqual(FIRST);
    expect(worker.logged).toMatch(
      /A snapshot (?:file is damaged and cannot be restored|is damaged; trying the next one)/,
    );
    expect(files()).toContain(`${second}.snapshot`);
  });

  test.each([
    ["cut in the middle", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["cut at its end", (bytes: Buffer) => bytes.subarray(0, -1)],
    ["empty", () => Buffer.alloc(0)],
  ])("that is %s is told, and with no other the start fails closed", async (_, how) => {
    const worker = startLocal();
    await worker.ready();
    await write(put("session/creds", "me"));
    const id = await worker.snapshot();
    await worker.shutDown();
    wipeStore();
    change(`${id}.snapshot`, how);
    const again = startLocal();
    expect(await again.exited()).toBe(75);
    expect(again.logged).toContain("Of the session's snapshots none is whole; 1 are damaged.");
    expect(again.logged).toContain("Put a good copy of DATA_DIR/store or DATA_DIR/backups back");
    expect(files()).toEqual([`${id}.snapshot`]);
  });
});

describe("the local store", () => {
  const store = (): string => join(world.dataDir.path, "store", "BOT");
  const dataFile = (): string => join(store(), "data.mdb");
  const change = (how: (bytes: Buffer) => void): void => {
    const bytes = readFileSync(dataFile());
    how(bytes);
    writeFileSync(dataFile(), bytes);
  };
  /** In LMDB a value lies right behind its key. */
  const overwriteMeta = (name: string, value: string): void =>
    change((bytes) => {
      for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1))
        bytes.write(value, at + name.length);
    });

  test.each([
    ["head is zero", () => change((bytes) => bytes.fill(0, 0, 8_192)), "store.corrupt"],
    ["pages are zero", () => change((bytes) => bytes.fill(0, 8_192)), "store.corrupt"],
    ["tail is cut", () => truncateSync(dataFile(), 12_288), "store.truncated"],
    ["file is shorter than its head", () => truncateSync(dataFile(), 100), "store.truncated"],
    ["file is empty", () => truncateSync(dataFile(), 0), "store.truncated"],
    ["file is another program's", () => writeFileSync(dataFile(), "SQLite format 3\0".repeat(600)), "store.corrupt"],
    [
      "record fails its checksum",
      () => change((bytes) => replaceAll(bytes, "ratchet 3", "ratchet 4")),
      "store.corruptRecord",
    ],
    ["position is no number", () => overwriteMeta("store.position", "x"), "store.corrupt"],
  ] as const)("whose %s is restored from the replica, and kept", async (_, damage, reason) => {
    await prepare();
    damage();
    const worker = await started();
    expect(worker.status?.restoredFrom).toBe("replica");
    expect(await read()).toEqual(NEWEST);
    expect(worker.logged).toContain(
      "The local store is damaged. It is kept as it is, and the session is looked for in the database.",
    );
    expect(worker.logged).toContain(reason);
    expect(worker.logged).toMatch(/put aside.*archived-/s);
  });

  test("that has lost its file is restored from the replica", async () => {
    await prepare();
    rmSync(dataFile());
    const worker = await started();
    expect(worker.status?.restoredFrom).toBe("replica");
    expect(await read()).toEqual(NEWEST);
  });

  test("of a newer build is left alone, with exit 64", async () => {
    await prepare();
    overwriteMeta("store.schema", "9");
    const before = readFileSync(dataFile());
    const worker = start();
    expect(await worker.exited()).toBe(64);
    expect(worker.logged).toMatch(/has schema 9; this build knows \d/);
    expect(worker.logged).toContain("Run the newer build again");
    expect(readFileSync(dataFile()).equals(before)).toBe(true);
  });

  test("that claims another replica gives way to PostgreSQL's", async () => {
    await prepare();
    overwriteMeta("replica.id", "00000000");
    const worker = await started();
    expect(worker.status?.restoredFrom).toBe("replica");
    expect(await read()).toEqual(NEWEST);
  });

  test.each([
    ["a file is in the way of", () => writeFileSync(store(), "")],
    ["a folder is in the way of the file of", () => mkdirSync(dataFile(), { recursive: true })],
  ])("%s is named, with exit 64, and nothing is changed", async (_, block) => {
    await prepare();
    renameSync(store(), join(world.dataDir.path, "kept"));
    block();
    const worker = start();
    expect(await worker.exited()).toBe(64);
    expect(worker.logged).toMatch(/The store at .* cannot be written/);
    expect(worker.logged).toContain("Let DATA_DIR name a directory that this process may write.");
    rmSync(store(), { recursive: true });
    renameSync(join(world.dataDir.path, "kept"), store());
    await started();
    expect(await read()).toEqual(NEWEST);
  });

  // Root may enter everything.
  (process.getuid?.() === 0 ? test.skip : test)(
    "in a folder that may not be entered is named, with exit 64",
    async () => {
      await prepare();
      chmodSync(store(), 0o000);
      try {
        const worker = start();
        expect(await worker.exited()).toBe(64);
        expect(worker.logged).toMatch(/The store at .* cannot be written/);
      } finally {
        chmodSync(store(), 0o700);
      }
      await started();
      expect(await read()).toEqual(NEWEST);
    },
  );
});

describe("the key", () => {
  test.each([
    ["another", `${KEY}, but another`, "SESSION_ENCRYPTION_KEY is another"],
    ["none", undefined, "no SESSION_ENCRYPTION_KEY is set"],
  ])("that is %s opens no backup file either, and changes nothing", async (_, key, words) => {
    const worker = startLocal();
    await worker.ready();
    await write(put("session/creds", "me"));
    await worker.snapshot();
    await worker.shutDown();
    wipeStore();
    const before = files();
    const wrong = startLocal({ key: key ?? null });
    expect(await wrong.exited()).toBe(64);
    expect(wrong.logged).toContain(words);
    expect(wrong.logged).toContain("Set SESSION_ENCRYPTION_KEY to what it was when the session was saved");
    expect(files()).toEqual(before);
    const right = startLocal();
    await right.ready();
    expect(right.status?.restoredFrom).toBe("backup-file");
  });
});

describe("while the worker runs", () => {
  test("tables that are dropped are made again, and filled from this disk", async () => {
    const worker = await started();
    await write(put("session/creds", "me"));
    await worker.flush();
    await run("drop schema blacksky cascade");
    await write(put("session/session/1.0", "ratchet 3"));
    await worker.leaseLost();
    expect(worker.logged).toContain("The bot's tables are gone from the database.");
    await worker.shutDown();
    const next = await started();
    await next.flush();
    await next.shutDown();
    world.dataDir.wipe();
    await started();
    expect(await read()).toEqual(NEWEST);
  });

  test("a row that is damaged is mended by the next change of its record", async () => {
    const worker = await started();
    await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 1"));
    await worker.flush();
    await damageRows();
    await write(put("session/creds", "me"), put("session/session/1.0", "ratchet 3"));
    await worker.flush();
    await worker.shutDown();
    world.dataDir.wipe();
    await started();
    expect(await read()).toEqual(NEWEST);
  });
});
