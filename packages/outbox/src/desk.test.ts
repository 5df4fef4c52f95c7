import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { notify, settle, type Rig } from "./testing/rig.ts";
import { ANNA, BEN, createStage, stateOf, type Stage } from "./testing/stage.ts";

let stage: Stage;
let rig: Rig;

beforeEach(() => {
  stage = createStage();
  ({ rig } = stage);
});

afterEach(() => stage.close());

describe("the desk", () => {
  test("shows what is stuck, and has it tried again or given up by the beginning of its id", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const dead = await stage.hand(outbox, "dead", ANNA);
    await stage.answer(outbox, "404");
    stage.fateOf = () => "isLost";
    const stuck = await stage.hand(outbox, "stuck", BEN);
    await stage.pass(20_000);
    stage.fateOf = () => "arrives";
    const behind = await stage.hand(outbox, "behind", BEN);
    expect(outbox.desk.show(5)).toMatchObject({ heldMs: 0, dead: [{ id: dead }], retrying: [{ id: stuck }] });
    expect(JSON.stringify(outbox.desk.show(5))).not.toMatch(/text of|4917/);
    expect(() => outbox.desk.retry("ntf_zz")).toThrow(expect.objectContaining({ code: "outbox.unknown" }));
    expect(() => outbox.desk.cancel("ntf_")).toThrow(expect.objectContaining({ code: "outbox.ambiguous" }));
    expect(outbox.desk.retry(dead.slice(0, 12))).toBe(1);
    await settle();
    await stage.answer(outbox);
    expect([stateOf(outbox, dead), outbox.counts.dead]).toEqual(["sent", 0]);
    expect(outbox.desk.cancel(behind.slice(4, 16))).toBe(1);
    expect(outbox.desk.retry("all")).toBe(1);
    await settle();
    await stage.answer(outbox);
    expect([stateOf(outbox, stuck), stateOf(outbox, behind)]).toEqual(["sent", "cancelled"]);
    await outbox.close();
  });

  test("gives up at once what has not left, and what has left only if it comes back", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const first = await stage.hand(outbox, "first", ANNA);
    const second = await stage.hand(outbox, "second", ANNA);
    expect(outbox.desk.cancel("all")).toBe(2);
    await settle();
    expect([stateOf(outbox, first), stateOf(outbox, second)]).toEqual(["executing", "cancelled"]);
    await stage.disconnect(outbox);
    expect(stateOf(outbox, first)).toBe("cancelled");
    await stage.connect(outbox);
    expect(stage.keys()).toEqual(["first"]);
    await outbox.close();
    expect(rig.open().read(first)).toMatchObject({ state: "cancelled" });
  });

  test("gives up what is being prepared before it leaves", async () => {
    const outbox = rig.open();
    const { id, notification } = notify("a", ANNA);
    await outbox.enqueue(id, notification);
    outbox.opened(stage.server.connect());
    expect(outbox.desk.cancel(id)).toBe(1);
    await settle();
    expect([stateOf(outbox, id), stage.relayed]).toEqual(["cancelled", []]);
    await outbox.close();
  });
});
