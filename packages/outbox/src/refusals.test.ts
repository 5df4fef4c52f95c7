import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OutboxOptions } from "./options.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { settle, type Rig } from "./testing/rig.ts";
import { ANNA, BEN, createStage, HOUR, jid, MINUTE, stateOf, type Stage } from "./testing/stage.ts";

let stage: Stage;
let rig: Rig;

beforeEach(() => {
  stage = createStage();
  ({ rig } = stage);
});

afterEach(() => stage.close());

describe("a refusal", () => {
  test("is final, unless it says that it is not", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const id = await stage.hand(outbox, "a", ANNA);
    await stage.answer(outbox, "404");
    await stage.pass(HOUR);
    expect(outbox.read(id)).toMatchObject({ state: "discarded", lastError: "WhatsApp refused it with 404." });
    const busy = await stage.hand(outbox, "b", ANNA);
    await stage.answer(outbox, "503");
    await stage.pass(MINUTE - 1);
    expect(stage.relayed).toHaveLength(2);
    await stage.pass(MINUTE);
    await stage.answer(outbox);
    expect(stateOf(outbox, busy)).toBe("sent");
    await outbox.close();
  });

  test("for stale devices has them asked for, and one further attempt", async () => {
    const outbox = rig.open();
    await stage.connect(outbox);
    const id = await stage.hand(outbox, "a", ANNA);
    await stage.answer(outbox, "479");
    expect(stage.server.refreshed).toEqual([jid(ANNA)]);
    await stage.pass(5000);
    expect(stage.relayed).toHaveLength(2);
    await stage.answer(outbox, "479");
    await stage.pass(HOUR);
    expect([stateOf(outbox, id), stage.relayed.length, stage.server.refreshed.length]).toEqual(["discarded", 2, 1]);
    await outbox.close();
  });

  const knownIsAnna: Partial<OutboxOptions> = { isKnown: (chat) => chat === jid(ANNA) };

  test("for a restriction holds everything to strangers until it ends, then makes one further attempt", async () => {
    const outbox = rig.open(knownIsAnna);
    await stage.connect(outbox);
    const refused = await stage.hand(outbox, "refused", BEN);
    await stage.answer(outbox, "463");
    expect(stage.server.restrictionsAsked).toBe(1);
    outbox.restricted({ until: rig.clock.now() + 2 * HOUR });
    const held = await stage.hand(outbox, "held", "491700000003");
    await stage.hand(outbox, "group", "120363@g.us");
    await stage.hand(outbox, "known", ANNA);
    await stage.answer(outbox);
    await stage.pass(2 * HOUR - 1);
    expect(stage.keys()).toEqual(["refused", "group", "known"]);
    await stage.pass(MINUTE);
    expect(stage.keys().slice(3).toSorted()).toEqual(["held", "refused"]);
    await stage.answer(outbox, "463");
    expect([stateOf(outbox, refused), stateOf(outbox, held)]).toEqual(["discarded", "retryable"]);
    await outbox.close();
  });

  test("for a restriction of which nothing more is known holds strangers for a day, also after a restart", async () => {
    const outbox = rig.open(knownIsAnna);
    await stage.connect(outbox);
    await stage.hand(outbox, "a", BEN);
    await stage.answer(outbox, "463");
    await outbox.close();
    const next = rig.open(knownIsAnna);
    await stage.connect(next);
    await stage.pass(24 * HOUR - 1);
    expect(stage.keys()).toEqual(["a"]);
    await stage.pass(MINUTE);
    expect(stage.keys()).toEqual(["a", "a"]);
    await next.close();
  });

  test("for a restriction does not hold what goes to somebody who has written since", async () => {
    const strangers = new Set([jid(BEN), jid("491700000003")]);
    const outbox = rig.open({ isKnown: (chat) => !strangers.has(chat) });
    await stage.connect(outbox);
    await stage.hand(outbox, "refused", BEN);
    await stage.answer(outbox, "463");
    await stage.hand(outbox, "held", "491700000003");
    strangers.clear();
    for (const one of [BEN, "491700000003", ANNA]) outbox.heard(jid(one));
    await settle();
    expect(stage.keys()).toEqual(["refused", "held"]);
    await outbox.close();
  });

  test("for a restriction that WhatsApp lifts lets strangers be written to again", async () => {
    const outbox = rig.open(knownIsAnna);
    await stage.connect(outbox);
    await stage.hand(outbox, "a", BEN);
    await stage.answer(outbox, "463");
    await stage.hand(outbox, "b", "491700000003");
    outbox.restricted(undefined);
    await settle();
    expect(stage.keys()).toEqual(["a", "b"]);
    await stage.answer(outbox);
    await stage.pass(10 * MINUTE);
    expect(stage.keys()).toEqual(["a", "b", "a"]);
    await outbox.close();
  });
});

describe("the limits", () => {
  test("are kept by chat and overall, and a restart does not fill them up again", async () => {
    const outbox = rig.open({ limits: { ...DEFAULT_LIMITS, chat: { burst: 2, everyMs: 10_000 } } });
    await stage.connect(outbox);
    for (let count = 0; count < 6; count += 1) await stage.hand(outbox, `a${String(count)}`, ANNA);
    for (let count = 0; count < 5; count += 1) await stage.answer(outbox);
    expect(stage.keys()).toEqual(["a0", "a1"]);
    await stage.pass(10_000);
    await stage.answer(outbox);
    expect(stage.keys()).toEqual(["a0", "a1", "a2"]);
    await outbox.close();
    const next = rig.open({ limits: { ...DEFAULT_LIMITS, chat: { burst: 2, everyMs: 10_000 } } });
    await stage.connect(next);
    await stage.answer(next);
    expect(stage.keys()).toEqual(["a0", "a1", "a2"]);
    await stage.pass(10_000);
    await stage.answer(next);
    expect(stage.keys()).toEqual(["a0", "a1", "a2", "a3"]);
    await next.close();
  });
});
