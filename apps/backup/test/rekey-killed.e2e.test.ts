import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";

import { delay, seededRandom, systemClock } from "@blacksky/machine";
import { session } from "@blacksky/protocol";
import { afterEach, expect, test } from "@jest/globals";

import { createSeal } from "../src/seal/seal.ts";
import { listSnapshotFiles } from "../src/snapshot/snapshot-folder.ts";
import { spawnBackup } from "./backup-process.ts";
import type { BackupProcess } from "./backup-process.ts";
import { everyByte, openEverything } from "./rekey-world.ts";
import { backups, files, KEY, put, started, world, write } from "./snapshot-world.ts";

const NEW_KEY = "another session key, just as long as the first";
const SECRET = "private bytes of the device";
const SNAPSHOTS = 5;
const RECORDS = 1_500;
/** Rounds that may end before the first snapshot is reached, and how long each may last. */
const EARLY_ROUNDS = 4;
const EARLY_MS = 200;
const LATER_MS = 25;

const processes: BackupProcess[] = [];
afterEach(async () => {
  for (const { child, exited } of processes.splice(0)) {
    child.kill("SIGKILL");
    await exited;
  }
});

/** How many snapshots, rows and files, are under another key than this one. */
const countUnder = async (other: string | null): Promise<number> => {
  const [row] = await world.database.rows<{ count: number }>(
    "select count(*)::int from blacksky.snapshot where key_fingerprint is distinct from $1",
    [other],
  );
  const onDisk = await listSnapshotFiles(backups());
  return (row?.count ?? 0) + onDisk.filter(({ description }) => description?.keyFingerprint !== other).length;
};

/** Starts the built worker with both keys, which goes to work at once. */
const beginRekey = async (): Promise<{ worker: BackupProcess; done: Promise<unknown> }> => {
  const worker = await spawnBackup({
    DATA_DIR: world.dataDir.path,
    DATABASE_URL: world.databaseUrl,
    SESSION_ENCRYPTION_KEY: NEW_KEY,
    SESSION_ENCRYPTION_KEY_PREVIOUS: KEY,
    ENABLE_SESSION_BACKUP: "false",
  });
  processes.push(worker);
  const done = worker.channel.request(session.rekey, { deadlineMs: 60_000 }, { deadlineMs: 60_000 });
  done.catch(() => undefined);
  return { worker, done };
};

test("a change of the key that is killed at any moment loses nothing, and is finished by the next start", async () => {
  const worker = await started();
  const values = Array.from({ length: RECORDS }, (_, at) =>
    put(`session/pre-key/${at}`, randomBytes(300).toString("hex")),
  );
  await write(put("session/creds", SECRET), ...values);
  const ids: string[] = [];
  for (let taken = 0; taken < SNAPSHOTS; taken += 1) {
    await write(put("session/session/1.0", `ratchet ${taken}`));
    ids.push(await worker.snapshot());
  }
  await worker.flush();
  await worker.shutDown();
  ids.sort();
  const paths = ids.map((id) => `${backups()}/${id}.snapshot`);

  const random = seededRandom(11);
  const old = createSeal("BOT", KEY).fingerprint;
  const seen = new Set<number>();
  let finished = false;
  for (let round = 0, reached = 0; !finished; round += 1) {
    const { worker: killed, done } = await beginRekey();
    const isEarly = round < EARLY_ROUNDS && reached === 0;
    const until = async (): Promise<undefined> => {
      // One more than before is done, and the next is begun.
      const wanted = isEarly ? reached : reached + 1;
      while ((await countUnder(old)) < wanted) await nextTurn();
      await delay(systemClock, Math.floor(random() * (isEarly ? EARLY_MS : LATER_MS)));
    };
    finished = (await Promise.race([done, until()])) !== undefined;
    killed.child.kill("SIGKILL");
    await killed.exited;
    const before = await openEverything(world.database, world.dataDir.path, KEY);
    const after = await openEverything(world.database, world.dataDir.path, NEW_KEY);
    // Each is whole, under one of the two.
    expect([...before.snapshots, ...after.snapshots].toSorted()).toEqual(ids);
    expect([...before.files, ...after.files].toSorted()).toEqual(paths);
    const rows = [before, after].map((opened) => Object.keys(opened.rows).length).toSorted((a, b) => a - b);
    expect(rows).toEqual([0, RECORDS + 2]);
    reached = after.snapshots.length + after.files.length;
    seen.add(reached);
    finished ||= reached === 2 * SNAPSHOTS;
  }
  // It was met in the middle, not only before and after.
  expect([...seen].filter((count) => count > 0 && count < 2 * SNAPSHOTS).length).toBeGreaterThan(1);

  const { worker: last, done } = await beginRekey();
  const counts = { records: RECORDS + 2, snapshots: SNAPSHOTS, files: SNAPSHOTS };
  expect(await done).toEqual({ ...counts, unreadable: [] });
  expect(last.status?.previousKey).toBe("removable");
  await last.shutDown();
  expect(files()).toEqual(ids.map((id) => `${id}.snapshot`));
  const left = await openEverything(world.database, world.dataDir.path, KEY);
  expect(left).toMatchObject({ rows: {}, snapshots: [], files: [] });
  const bytes = await everyByte(world.database, files(), backups());
  for (const secret of [SECRET, KEY, NEW_KEY]) expect(bytes.includes(secret)).toBe(false);
  expect(processes.map(({ output }) => output).join("")).not.toMatch(new RegExp(`${SECRET}|${KEY}|${NEW_KEY}`));
}, 180_000);
