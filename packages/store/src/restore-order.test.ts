import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readRestoreOrder, removeRestoreOrder, restoreOrderPath, writeRestoreOrder } from "./index.ts";
import type { RestoreOrder } from "./index.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";
import type { TemporaryDirectory } from "./testing/temporary-directory.ts";

const order: RestoreOrder = {
  id: "order-1",
  sessionId: "BOT",
  snapshotId: "snapshot-1",
  orderedAt: 1_700_000_000_000,
  basis: { position: 120, epoch: 3 },
};

let directory: TemporaryDirectory;
const path = (): string => join(directory.path, "store", "BOT");
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(() => directory.remove());

describe("a restore order", () => {
  test("is read as it was written, also where no store ever was, until it is removed", async () => {
    expect(readRestoreOrder(path())).toBeUndefined();
    await writeRestoreOrder(path(), order);
    expect(readRestoreOrder(path())).toEqual(expect.objectContaining(order));
    expect(readdirSync(join(directory.path, "store"))).toEqual(["BOT.restore-order"]);
    await writeRestoreOrder(path(), { ...order, id: "order-2", basis: null });
    expect(readRestoreOrder(path())).toMatchObject({ id: "order-2", basis: null });
    removeRestoreOrder(path());
    removeRestoreOrder(path());
    expect(readRestoreOrder(path())).toBeUndefined();
  });

  test.each([
    ["cut in the middle", '{"version":1,"id":"ord'],
    ["of another version", JSON.stringify({ version: 2, ...order })],
    ["without a snapshot", JSON.stringify({ version: 1, ...order, snapshotId: "" })],
    ["of a basis that is none", JSON.stringify({ version: 1, ...order, basis: { position: -1, epoch: 3 } })],
    ["no object", "7"],
  ])("that is %s is refused with its path and without its words", async (_name, text) => {
    await writeRestoreOrder(path(), order);
    writeFileSync(restoreOrderPath(path()), text);
    expect(() => readRestoreOrder(path())).toThrow(expect.objectContaining({ code: "store.restoreOrder" }));
    expect(() => readRestoreOrder(path())).toThrow(/is no order to restore a snapshot\.$/);
  });
});
