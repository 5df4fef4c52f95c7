import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Outbox } from "./outbox.ts";
import { createCrashingStore } from "./testing/crashing-store.ts";
import { messageIdOf, settle, type Rig } from "./testing/rig.ts";
import { ANNA, BEN, createStage, HOUR, jid, MINUTE, stateOf, type Stage } from "./testing/stage.ts";

let stage: Stage;
let rig: Rig;

beforeEach(() => {
  stage = createStage();
  ({ rig } = stage);
});

afterEach(() => stage.close());

describe("an attempt", () => {
  test("that nobody answers is repeated with the same id, later and later, and not for ever", async () => {
    const outbox = rig.open({ settings: { maxAttempts: 4 } });
    await stage.connect(outbox);
    const id = await stage.hand(outbox, "a", ANNA);
    const at: number[] = [];
    for (let count = 0; count < 200; count += 1) {
      if (stage.relayed.length > at.length) at.push(rig.clock.now());
      await stage.pass(1000);
    }
    expect(new Set(stage.relayed.map((message) => message.id))).toEqual(new Set([messageIdOf(id)]));
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses).toHaveLength(3);
    for (const [index, pauseMs] of pauses.entries()) {
      expect(pauseMs).toBeGreaterThanOrEqual(20_000 + 1000 * 2 ** index);
      expect(pauseMs).toBeLessThanOrEqual(22_000 + 2000 * 2 ** index);
    }
    expect(outbox.read(id)).toMatchObject({ state: "discarded", attempts: 4 });
    expect(outbox.counts).toMatchObject({ pending: 0, dead: 1 });
    expect(rig.logged).toEqual([expect.stringContaining("was given up: WhatsApp did not acknowledge it in time.")]);
    await outbox.close();
    expect(rig.open().counts.dead).toBe(1);
  });

  test("that the end of the connection interrupts does not count", async () => {
    const outbox = rig.open({ settings: { maxAttempts: 2 } });
    const id = await stage.hand(outbox, "a", ANNA);
    for (let count = 0; count < 20; count += 1) {
      await stage.connect(outbox);
      await stage.disconnect(outbox);
    }
    expect(stage.relayed).toHaveLength(20);
    expect(outbox.read(id)).toMatchObject({ state: "available", attempts: 0 });
    await stage.connect(outbox);
    await stage.answer(outbox);
    expect(stateOf(outbox, id)).toBe("sent");
    await outbox.close();
  });

  test("that the end of the process interrupts is made again by the next one; one that ends each does not keep the others waiting", async () => {
    let opened: Outbox | undefined;
    const store = () => createCrashingStore(rig.store);
    const ids: string[] = [];
    for (let life = 0; life < 6; life += 1) {
      const mine = store();
      opened = rig.open({ store: mine });
      if (life === 0) ids.push(await stage.hand(opened, "a", ANNA), await stage.hand(opened, "b", BEN));
      await stage.connect(opened);
      // Ben's is acknowledged, Anna's ends the process.
      if (life === 0)
        for (const message of stage.server.waiting)
          if (message.chat === jid(BEN)) opened.acknowledged(message.id, undefined);
      await settle();
      mine.crash();
      stage.server.disconnect();
    }
    expect(stage.keys().filter((text) => text === "b")).toHaveLength(1);
    expect(stage.keys().filter((text) => text === "a").length).toBeGreaterThanOrEqual(4);
    expect(stage.keys().filter((text) => text === "a").length).toBeLessThan(6);
    const last = rig.open();
    await stage.pass(2 * MINUTE);
    await stage.connect(last);
    await stage.answer(last);
    expect([stateOf(last, ids[0] ?? ""), stateOf(last, ids[1] ?? "")]).toEqual(["sent", "sent"]);
    await last.close();
  });

  test("that was interrupted is nothing that the next process is told of before it is ready", async () => {
    const store = createCrashingStore(rig.store);
    const outbox = rig.open({ store });
    await stage.hand(outbox, "a", ANNA);
    await stage.connect(outbox);
    store.crash();
    const told: string[] = [];
    let next: Outbox | undefined;
    const hear = (what: string) => (): void => void told.push(next === undefined ? `${what} too early` : what);
    next = rig.open({ onCounts: hear("counts"), onDiscarded: hear("discarded"), settings: { maxRescues: 0 } });
    expect([told, next.counts.dead]).toEqual([[], 1]);
    await settle();
    expect(told).toEqual(["discarded"]);
    await next.close();
  });

  test("that cannot be put on the wire, or hangs on the way there, is made again", async () => {
    const fates = ["cannotBePrepared", "cannotBeRelayed", "hangs", "arrives"] as const;
    let count = 0;
    stage.fateOf = () => fates[Math.min(count++, 3)] ?? "arrives";
    const outbox = rig.open();
    await stage.connect(outbox);
    const id = await stage.hand(outbox, "a", ANNA);
    expect(outbox.read(id)).toMatchObject({ state: "retryable", lastError: "All encryptions failed" });
    for (let turn = 0; turn < 130; turn += 1) await stage.pass(1000);
    await stage.answer(outbox);
    expect(outbox.read(id)).toMatchObject({ state: "sent", attempts: 4 });
    await outbox.close();
  });

  test("is acknowledged also when that comes late", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const id = await stage.hand(outbox, "a", ANNA);
    await stage.pass(20_000);
    expect(stateOf(outbox, id)).toBe("retryable");
    await stage.answer(outbox);
    await stage.pass(HOUR);
    expect([stateOf(outbox, id), stage.relayed.length]).toEqual(["sent", 1]);
    await outbox.close();
  });
});
