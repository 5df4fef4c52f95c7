import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { RecordChange } from "@blacksky/store";
import { describe, expect, test } from "@jest/globals";

import { openBotStore } from "./backup-world.ts";
import { backups, damageRows, files, listRows, put, read, started, wipeStore, world, write } from "./snapshot-world.ts";

describe("a snapshot on demand", () => {
  test("is in PostgreSQL and on this disk, encrypted, and told", async () => {
    const worker = await started();
    await write(put("session/creds", "me, the secret of the device"));
    const id = await worker.snapshot("before logout");
    expect(await listRows()).toEqual([{ id, reason: "before logout" }]);
    expect(files()).toEqual([`${id}.snapshot`]);
    const status = await worker.until(({ lastSnapshotAt }) => lastSnapshotAt !== null, "the snapshot is told");
    expect(Math.abs(Date.now() - (status.lastSnapshotAt ?? 0))).toBeLessThan(10_000);
    const rows = await world.database.rows<{ content: Buffer }>("select content from blacksky.snapshot_chunk");
    const everything = [...rows.map(({ content }) => content), readFileSync(join(backups(), `${id}.snapshot`))];
    for (const bytes of everything) expect(bytes.toString("latin1")).not.toMatch(/secret of the device|session\/creds/);
  });

  test("is refused while there is no session", async () => {
    const worker = await started();
    await expect(worker.snapshot()).rejects.toMatchObject({ code: "backup.emptySession" });
    expect(files()).toEqual([]);
  });

  test("is kept on this disk when the database is gone", async () => {
    const worker = await started();
    await write(put("session/creds", "me"));
    await worker.flush();
    await world.server.shutDown();
    try {
      const id = await worker.snapshot();
      expect(files()).toEqual([`${id}.snapshot`]);
      expect(worker.logged).toContain("the database did not take it");
    } finally {
      await world.server.start();
    }
  });

  test("is of one moment while the session is being written", async () => {
    const worker = await started();
    const store = openBotStore(world.dataDir.path);
    const pairs = (value: string): RecordChange[] =>
      Array.from({ length: 3_000 }, (_, index) => put(`session/session/${index}`, value));
    await store.write([put("session/creds", "me"), ...pairs("0")]);
    const taking = worker.snapshot();
    for (let round = 1; round < 20; round += 1) {
      await store.write(pairs(String(round)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await taking;
    await worker.flush();
    await store.close();
    await worker.shutDown();
    await damageRows();
    wipeStore();
    const restored = await started();
    expect(restored.status).toMatchObject({ restoredFrom: "snapshot" });
    const { "session/creds": _, ...values } = await read();
    expect(Object.keys(values)).toHaveLength(3_000);
    expect(new Set(Object.values(values)).size).toBe(1);
  });
});

describe("snapshots by the clock", () => {
  test("are taken while the session changes, kept as many as wanted, and remembered by the next start", async () => {
    const worker = await started({ intervalMinutes: 0.001, retention: 2 });
    await write(put("session/creds", "me"));
    const seen = new Set<number>();
    while (seen.size < 4) {
      const { lastSnapshotAt } = await worker.until(
        (status) => status.lastSnapshotAt !== null && !seen.has(status.lastSnapshotAt),
        "another snapshot is taken",
      );
      seen.add(lastSnapshotAt ?? 0);
      await write(put("session/session/1.0", String(seen.size)));
    }
    const position = await write(put("session/session/1.0", "the last"));
    const isTaken = async (): Promise<boolean> =>
      (await world.database.rows("select id from blacksky.snapshot where position = $1", [position])).length > 0;
    while (!(await isTaken())) await new Promise((resolve) => setImmediate(resolve));
    await worker.flush();
    const rows = await listRows();
    expect(rows).toHaveLength(2);
    expect(files()).toEqual(rows.map(({ id }) => `${id}.snapshot`));
    await worker.shutDown();
    const again = await started();
    expect(
      again.status?.lastSnapshotAt ?? (await again.until((s) => s.lastSnapshotAt !== null, "it is told")),
    ).toBeTruthy();
  });
});
