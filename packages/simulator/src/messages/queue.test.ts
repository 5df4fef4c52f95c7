import { describe, expect, test } from "@jest/globals";
import { stanza } from "../wire/stanza.ts";
import { DeviceQueue } from "./queue.ts";

const message = (id: string) => stanza("message", { id, from: "1@s.whatsapp.net" });
const ids = (queue: DeviceQueue) => queue.entries.map((entry) => entry.stanza.attrs["id"]);

describe("DeviceQueue", () => {
  test("keeps stanzas in their order until each is settled", () => {
    const queue = new DeviceQueue([]);
    for (const id of ["a", "b", "c"]) queue.add(message(id), "1@s.whatsapp.net");
    expect(queue.settle("message", "b")).toMatchObject({ author: "1@s.whatsapp.net" });
    expect(queue.settle("message", "b")).toBeUndefined();
    expect(queue.settle("receipt", "a")).toBeUndefined();
    expect(ids(queue)).toEqual(["a", "c"]);
  });

  test("does not take the nack of an unreadable message for one of its fresh copy", () => {
    const queue = new DeviceQueue([]);
    queue.add(message("a"), "author");
    queue.replace(message("a"), "author");
    expect(ids(queue)).toEqual(["a"]);
    expect(queue.settleNack("a")).toBeDefined();
    expect(ids(queue)).toEqual(["a"]);
    queue.settleNack("a");
    expect(ids(queue)).toEqual([]);
  });

  test("expects no late nacks from a connection that is gone", () => {
    const queue = new DeviceQueue([]);
    queue.add(message("a"), "author");
    queue.replace(message("a"), "author");
    queue.forgetStaleNacks();
    queue.settleNack("a");
    expect(ids(queue)).toEqual([]);
  });

  test("counts by kind of stanza, and survives saving", () => {
    const queue = new DeviceQueue([]);
    queue.add(message("a"), "author");
    queue.add(stanza("receipt", { id: "a" }));
    queue.add(stanza("notification", { id: "n" }));
    const copy = new DeviceQueue(queue.toRecord());
    expect(copy.counts()).toEqual({ message: 1, receipt: 1, notification: 1, total: 3 });
  });
});
