import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Outbox } from "./outbox.ts";
import { createCrashingStore } from "./testing/crashing-store.ts";
import { messageIdOf, notify, settle, type Rig } from "./testing/rig.ts";
import { ANNA, createStage, HOUR, MINUTE, stateOf, type Stage } from "./testing/stage.ts";

let stage: Stage;
let rig: Rig;

beforeEach(() => {
  stage = createStage();
  ({ rig } = stage);
});

afterEach(() => stage.close());

const pages = (): number => rig.store.count("outbox/accepted-");
const textsKept = (): number =>
  [...rig.store.entries("outbox/0")].filter(({ value }) => Buffer.from(value).includes("text of")).length;

/** So many to as many people, all of them accepted in one moment; their ids. */
const send = async (outbox: Outbox, count: number, name = "n"): Promise<string[]> => {
  const all = Array.from({ length: count }, (_, at) => notify(`${name}${String(at)}`, String(491_710_000_000 + at)));
  await outbox.enqueueAll(all);
  await stage.connect(outbox);
  await stage.answer(outbox);
  return all.map(({ id }) => id);
};
const states = (outbox: Outbox, ids: readonly string[]): unknown[] => [
  ...new Set(ids.map((id) => stateOf(outbox, id))),
];

describe("what the server has accepted", () => {
  test("is noted together, known to the process that comes after, and not sent again", async () => {
    const first = rig.open({ capacity: { maxExecuting: 200 } });
    const before = rig.store.position;
    const ids = await send(first, 150);
    // One change for each that was handed in, and few for all that happened to them.
    expect(rig.store.position - before).toBeLessThan(170);
    expect([pages(), states(first, ids)]).toEqual([3, ["sent"]]);
    await first.close();
    const relayed = stage.relayed.length;
    const second = rig.open();
    expect(states(second, ids)).toEqual(["sent"]);
    expect(second.read(ids[0] ?? "")).toEqual(first.read(ids[0] ?? ""));
    await stage.connect(second);
    expect([stage.relayed.length, second.counts.pending]).toEqual([relayed, 0]);
    await second.close();
  });

  test("is sent again under its id where the process died before that was noted", async () => {
    const store = createCrashingStore(rig.store);
    const first = rig.open({ store });
    const id = await stage.hand(first, "a", ANNA);
    await stage.connect(first);
    store.crash();
    await stage.answer(first);
    first.halt();
    const second = rig.open();
    await stage.connect(second);
    await stage.answer(second);
    expect(stage.relayed.map((message) => message.id)).toEqual([messageIdOf(id), messageIdOf(id)]);
    expect(stateOf(second, id)).toBe("sent");
    await second.close();
  });

  test("is written whole with its receipt, and the notes go with the last of a page", async () => {
    const first = rig.open({ capacity: { maxExecuting: 200 } });
    const ids = await send(first, 150);
    expect(textsKept()).toBe(150);
    first.delivered(ids.map(messageIdOf));
    await settle();
    expect([textsKept(), states(first, ids)]).toEqual([0, ["delivered"]]);
    // The page that is still written to stays.
    expect(pages()).toBe(1);
    await first.close();
    const second = rig.open();
    expect(states(second, ids)).toEqual(["delivered"]);
    await send(second, 1, "later");
    expect(pages()).toBe(1);
    await second.close();
  });

  test("is written whole after a minute without a receipt, by whoever runs then", async () => {
    const first = rig.open({ capacity: { maxExecuting: 500 } });
    const ids = await send(first, 300);
    await stage.pass(MINUTE / 2);
    expect(textsKept()).toBe(300);
    await first.close();
    const second = rig.open();
    await stage.pass(MINUTE);
    expect([textsKept(), pages(), states(second, ids)]).toEqual([0, 0, ["sent"]]);
    second.delivered(ids.slice(0, 1).map(messageIdOf));
    await settle();
    expect(ids.slice(0, 2).map((id) => stateOf(second, id))).toEqual(["delivered", "sent"]);
    await second.close();
  });

  test("is forgotten with its note", async () => {
    const outbox = rig.open({ capacity: { maxExecuting: 200 }, retention: { maxCount: 10, maxAgeMs: 24 * HOUR } });
    const ids = await send(outbox, 150);
    await stage.hand(outbox, "later", ANNA);
    await stage.answer(outbox);
    expect([rig.store.count("outbox/0"), pages(), stateOf(outbox, ids[0])]).toEqual([10, 1, undefined]);
    await outbox.close();
    const next = rig.open();
    expect([stateOf(next, ids[0]), stateOf(next, ids.at(-1))]).toEqual([undefined, "sent"]);
    await next.close();
  });
});
