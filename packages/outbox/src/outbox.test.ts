import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeRecord } from "./record.ts";
import { createCrashingStore } from "./testing/crashing-store.ts";
import { messageIdOf, notify, OWNER_JID, settle, type Rig } from "./testing/rig.ts";
import { ANNA, BEN, createStage, HOUR, jid, MINUTE, stateOf, type Stage } from "./testing/stage.ts";

let stage: Stage;
let rig: Rig;

beforeEach(() => {
  stage = createStage();
  ({ rig } = stage);
});

afterEach(() => stage.close());

const rescuesOf = (id: string): number | undefined =>
  [...rig.store.entries("outbox/0")].map(({ value }) => decodeRecord(value)).find((record) => record.id === id)?.state
    .rescues;

describe("a notification", () => {
  test("is committed when it is taken, waits for a connection, and is sent once the server has it", async () => {
    const outbox = rig.open();
    const { id, notification } = notify("a", ANNA);
    expect(await outbox.enqueue(id, notification)).toMatchObject({ isNew: true, status: { id, state: "available" } });
    expect(rig.store.count("outbox/")).toBe(1);
    await stage.pass(HOUR);
    expect([stateOf(outbox, id), outbox.counts.pending]).toEqual(["available", 1]);
    await stage.connect(outbox);
    expect(stage.relayed).toMatchObject([{ id: messageIdOf(id), chat: jid(ANNA), text: "text of a" }]);
    expect(stateOf(outbox, id)).toBe("executing");
    await stage.answer(outbox);
    expect([stateOf(outbox, id), outbox.counts]).toEqual(["sent", { pending: 0, retrying: 0, dead: 0, delivered: 1 }]);
    outbox.delivered([messageIdOf(id)]);
    await settle();
    expect(stateOf(outbox, id)).toBe("delivered");
    await outbox.close();
    expect(rig.open().read(id)).toMatchObject({ state: "delivered", attempts: 1, lastError: null });
  });

  test("is delivered also when the receipt comes in the same moment as the acknowledgement", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const id = await stage.hand(outbox, "a", ANNA);
    outbox.acknowledged(messageIdOf(id), undefined);
    outbox.delivered([messageIdOf(id)]);
    await settle();
    expect([stateOf(outbox, id), outbox.counts]).toEqual([
      "delivered",
      { pending: 0, retrying: 0, dead: 0, delivered: 1 },
    ]);
    await outbox.close();
    expect(stateOf(rig.open(), id)).toBe("delivered");
  });

  test("leaves only once it is committed as being sent, so that no crash forgets that", async () => {
    const store = createCrashingStore(rig.store);
    const outbox = rig.open({ store });
    await stage.hand(outbox, "a", ANNA);
    store.crashAtWrite(1);
    await stage.connect(outbox);
    expect(stage.relayed).toEqual([]);
  });

  test("is known to the next process as what this one died with, and only then", async () => {
    const store = createCrashingStore(rig.store);
    const outbox = rig.open({ store });
    const [anna, ben] = [await stage.hand(outbox, "a", ANNA), await stage.hand(outbox, "b", BEN)];
    await stage.connect(outbox);
    outbox.closed();
    await settle();
    await stage.connect(outbox);
    outbox.acknowledged(messageIdOf(ben), "503");
    await settle();
    store.crash();
    const next = rig.open();
    await settle();
    const died = { state: "available", attempts: 0, lastError: "The bot ended in the middle of an attempt." };
    expect(next.read(anna)).toMatchObject(died);
    expect(next.read(ben)).toMatchObject({ state: "retryable", attempts: 1 });
    await next.close();
    // Nothing was begun by that one.
    expect(rig.open().read(anna)).toMatchObject(died);
    expect(rescuesOf(anna)).toBe(1);
  });

  test("keeps its text only as long as it may be sent", async () => {
    const outbox = rig.open();
    const textIsKept = (): boolean =>
      [...rig.store.entries("outbox/")].some(({ value }) => Buffer.from(value).includes("text of a"));
    const id = await stage.hand(outbox, "a", ANNA);
    expect(textIsKept()).toBe(true);
    await stage.connect(outbox);
    await stage.answer(outbox);
    outbox.delivered([messageIdOf(id)]);
    await settle();
    expect(textIsKept()).toBe(false);
    await outbox.close();
  });

  test("is sent from the store where its text is not at hand", async () => {
    const outbox = rig.open();
    await stage.hand(outbox, "a", ANNA);
    outbox.trim();
    await stage.hand(outbox, "b", BEN);
    await stage.connect(outbox);
    expect(stage.relayed.map(({ text }) => text)).toEqual(["text of a", "text of b"]);
    await outbox.close();
  });

  test("is taken with others, or not at all", async () => {
    const outbox = rig.open({ capacity: { maxPending: 3 } });
    const all = ["a", "b", "c", "d"].map((key) => notify(key, ANNA));
    const refused = { code: "outbox.full" };
    await expect(outbox.enqueueAll(all)).rejects.toMatchObject(refused);
    const toNobody = notify("x", "a channel");
    await expect(outbox.enqueueAll([...all.slice(0, 1), toNobody])).rejects.toMatchObject({ code: "outbox.recipient" });
    expect([outbox.counts.pending, rig.store.count("outbox/0")]).toEqual([0, 0]);
    const taken = await outbox.enqueueAll([...all.slice(0, 2), ...all.slice(0, 1)]);
    expect(taken.map(({ isNew }) => isNew)).toEqual([true, true, false]);
    expect(outbox.counts.pending).toBe(2);
    await stage.connect(outbox);
    await stage.answer(outbox);
    await stage.answer(outbox);
    expect(stage.keys()).toEqual(["a", "b"]);
  });

  test("of the same key is taken once, also while it is being written, and after it was sent", async () => {
    const outbox = rig.open();
    const { id, notification } = notify("a", ANNA);
    const [first, second] = await Promise.all([
      outbox.enqueue(id, notification),
      outbox.enqueue(id, { ...notification, text: "another" }),
    ]);
    expect([first.isNew, second.isNew]).toEqual([true, false]);
    await stage.connect(outbox);
    await stage.answer(outbox);
    expect(await outbox.enqueue(id, notification)).toMatchObject({ isNew: false, status: { state: "sent" } });
    await outbox.close();
    const next = rig.open();
    expect(await next.enqueue(id, notification)).toMatchObject({ isNew: false });
    await stage.connect(next);
    expect(stage.keys()).toEqual(["a"]);
  });

  test("that goes to nobody, or is one too many, is refused with a remedy", async () => {
    const outbox = rig.open({ owner: undefined, capacity: { maxPending: 2, maxPendingBytes: 100 } });
    const refused = (code: string) => expect.objectContaining({ code, hint: expect.any(String) });
    await expect(stage.hand(outbox, "a", "nobody")).rejects.toEqual(refused("outbox.recipient"));
    await expect(stage.hand(outbox, "a", "owner")).rejects.toEqual(refused("outbox.recipient"));
    await expect(stage.hand(outbox, "a", ANNA, { text: "x".repeat(101) })).rejects.toEqual(refused("outbox.full"));
    await stage.hand(outbox, "a", ANNA);
    await stage.hand(outbox, "b", ANNA);
    await expect(stage.hand(outbox, "c", ANNA)).rejects.toEqual(refused("outbox.full"));
    await outbox.close();
    await expect(stage.hand(outbox, "d", ANNA)).rejects.toEqual(refused("outbox.closed"));
  });

  test("for later is sent then, after those that came before that", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const later = await stage.hand(outbox, "later", ANNA, { notBefore: rig.clock.now() + HOUR });
    await stage.hand(outbox, "now", ANNA);
    await stage.answer(outbox);
    expect([stage.keys(), stateOf(outbox, later)]).toEqual([["now"], "scheduled"]);
    await stage.pass(HOUR - 1);
    await stage.hand(outbox, "before", ANNA);
    await stage.pass(1);
    await stage.answer(outbox);
    expect(stage.keys()).toEqual(["now", "before", "later"]);
    await outbox.close();
  });

  test("whose time is over is not sent, also behind one that keeps it waiting", async () => {
    stage.fateOf = () => "isLost";
    const outbox = rig.open();
    await stage.connect(outbox);
    await stage.hand(outbox, "a", ANNA);
    const late = await stage.hand(outbox, "b", ANNA, { expiresAt: rig.clock.now() + 3 * MINUTE });
    await stage.pass(5 * MINUTE);
    expect(outbox.read(late)).toMatchObject({
      state: "discarded",
      lastError: expect.stringContaining("time was over"),
    });
    await outbox.close();
  });

  test("to the owner goes to whoever that is when it is sent", async () => {
    const outbox = rig.open();
    const id = await stage.hand(outbox, "a", "owner");
    await outbox.close();
    const other = rig.open({ owner: jid(BEN) });
    await stage.connect(other);
    expect(stage.relayed.map(({ chat }) => chat)).toEqual([jid(BEN)]);
    await other.close();
    const nobody = rig.open({ owner: undefined });
    await stage.connect(nobody);
    expect(nobody.read(id)).toMatchObject({ state: "discarded", lastError: "OWNER_NUMBER is not set." });
    expect(OWNER_JID).not.toBe(jid(BEN));
  });
});

describe("what is stored", () => {
  test("is sent even where something beside it cannot be read", async () => {
    const outbox = rig.open();
    await stage.hand(outbox, "a", ANNA);
    const [key = ""] = [...rig.store.keys("outbox/")];
    await stage.hand(outbox, "b", ANNA);
    await outbox.close();
    await rig.store.write([{ key, value: Buffer.from("of another version") }]);
    const next = rig.open();
    expect(next.counts).toEqual({ pending: 1, retrying: 0, dead: 1, delivered: 0 });
    expect(rig.logged).toEqual([expect.stringContaining("cannot be read")]);
    await stage.connect(next);
    expect(stage.keys()).toEqual(["b"]);
    expect(Buffer.from(rig.store.get(key) ?? [])).toEqual(Buffer.from("of another version"));
    await next.close();
  });

  test("is forgotten when it is over for long, or too much", async () => {
    const outbox = rig.open({ retention: { maxCount: 3, maxAgeMs: 24 * HOUR } });
    await stage.connect(outbox);
    for (let count = 0; count < 5; count += 1) {
      await stage.hand(outbox, `a${String(count)}`, ANNA);
      await stage.answer(outbox);
      await stage.pass(1);
    }
    expect(rig.store.count("outbox/0")).toBe(3);
    expect(outbox.read(notify("a1", ANNA).id)).toBeNull();
    await stage.pass(24 * HOUR + MINUTE);
    expect(rig.store.count("outbox/0")).toBe(0);
    await outbox.close();
  });

  test("is the end of it where the store fails: nothing leaves that is not written, and that is told once", async () => {
    const failures: unknown[] = [];
    let isFull = false;
    const store = {
      get: rig.store.get,
      keys: rig.store.keys,
      write: (changes: Parameters<typeof rig.store.write>[0]) =>
        isFull ? Promise.reject(new Error("The store is full.")) : rig.store.write(changes),
    };
    const outbox = rig.open({ store, onFailure: (error) => void failures.push(error) });
    const id = await stage.hand(outbox, "a", ANNA);
    isFull = true;
    await stage.connect(outbox);
    await stage.pass(HOUR);
    await expect(stage.hand(outbox, "b", ANNA)).rejects.toMatchObject({ code: "outbox.closed" });
    expect([stage.relayed, failures.length]).toEqual([[], 1]);
    isFull = false;
    const next = rig.open();
    await stage.connect(next);
    expect(stage.keys()).toEqual(["a"]);
    expect(stateOf(next, id)).toBe("executing");
    await next.close();
  });

  test("costs little memory: the texts stay in the store", async () => {
    const outbox = rig.open();
    const text = "x".repeat(2000);
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const measure = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = measure();
    for (let chunk = 0; chunk < 10; chunk += 1) {
      await Promise.all(
        Array.from({ length: 1000 }, (_, index) => {
          const number = String(491_500_000_000 + chunk * 1000 + index);
          const { id, notification } = notify(number, number, { text });
          return outbox.enqueue(id, notification);
        }),
      );
    }
    expect(outbox.counts.pending).toBe(10_000);
    const bytesEach = (measure() - before) / 10_000;
    expect(bytesEach).toBeLessThan(1200);
    await outbox.close();
  });
});
