import { writeFileSync } from "node:fs";

import { createReplicaClient } from "@blacksky/postgres";
import { restoreOrderPath, writeRestoreOrder } from "@blacksky/store";
import { describe, expect, test } from "@jest/globals";

import { archives, isOrdered, path, prepare, stateOf } from "./order-world.ts";
import { damageFile, damageSnapshot, put, read, start, started, world, write } from "./snapshot-world.ts";

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
