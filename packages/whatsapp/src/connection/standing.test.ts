import { describe, expect, test } from "@jest/globals";
import type { Disconnect } from "../verdict.ts";
import { standingAfterClosing, standingAfterOpening, type Standing } from "./standing.ts";
import { createRig, type Rig } from "./testing/rig.ts";

const closed = (code: number, more: Partial<Disconnect> = {}): Disconnect => ({
  code,
  origin: "stream",
  paired: true,
  intentional: false,
  ...more,
});

/** The standing after these codes, a minute apart, the last one just now. */
const after = (...codes: readonly number[]): Standing | null =>
  codes.reduce<Standing | null>(
    (standing, code, index) => standingAfterClosing(standing, closed(code), (index + 1 - codes.length) * 60_000),
    null,
  );

/** A keeper that has just found a bot without a socket. */
const found = (standing: Standing | null): Rig => {
  const rig = createRig();
  rig.send({ type: "start" });
  rig.adopt("none", 0, standing);
  rig.taken();
  return rig;
};

describe("the standing of a session", () => {
  test("is touched only by what must outlive the process that saw it", () => {
    const codes = Array.from({ length: 700 }, (_, code) => code).filter((code) => after(code) !== null);
    expect(codes).toEqual([402, 403, 405, 406, 409, 411, 413, 414, 415, 416, 417, 418, 440]);
    const replaced = after(440);
    for (const code of [428, 408, 500, 503, 515, 499]) {
      expect(standingAfterClosing(replaced, closed(code), 5)).toBe(replaced);
    }
  });

  test("ends with the session, which is archived: pairing anew is right then", () => {
    expect(after(440, 401)).toBeNull();
  });

  test("is good again once a connection opens; a take-over stays known, for the second one", () => {
    expect(standingAfterOpening(after(405))).toBeNull();
    const over = standingAfterOpening(after(440));
    expect(over).toMatchObject({ kind: "replaced", isOver: true });
    expect(standingAfterOpening(over)).toBe(over);
    expect(standingAfterClosing(over, closed(440), 1000)).toMatchObject({ times: 2, previousAtMs: 0, isOver: false });
  });
});

describe("a keeper that comes after another one", () => {
  test("leaves a final take-over and a refusal to a person, whatever happens to the processes", () => {
    for (const [codes, state] of [
      [[440, 440], "replaced"],
      [[403], "refused"],
      [[411], "refused"],
    ] as const) {
      const rig = found(after(...codes));
      rig.send({ type: "reconnect" });
      rig.send({ type: "executorLost" });
      rig.send({ type: "executorStarted" });
      rig.advance(86_400_000);
      expect(rig.taken()).toEqual([]);
      expect(rig.picture()).toMatchObject({ state, nextAttemptAt: null, lastDisconnect: { at: 0 } });
      rig.send({ type: "resume" });
      expect(rig.taken()).toEqual(["connect 1", "publish connecting"]);
    }
  });

  test("owes the first take-over its probe, and takes the next one for the second", () => {
    const rig = found(after(440));
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: 30_000 });
    rig.advance(30_000);
    rig.open();
    rig.close(440);
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: null });
  });

  test("knows of a take-over though the connection was open again when it came", () => {
    const rig = createRig();
    rig.send({ type: "start" });
    rig.adopt("open", 3, standingAfterOpening(after(440)));
    rig.close(440, { generation: 3 });
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: null });
  });

  test("waits for the end of a ban, named or not", () => {
    const named = found(standingAfterClosing(null, closed(402, { expiresAtMs: 7_000_000 }), -1000));
    expect(named.picture()).toMatchObject({ state: "backing-off", nextAttemptAt: 7_000_000 });
    named.send({ type: "executorStarted" });
    named.advance(7_000_000);
    expect(named.picture().state).toBe("connecting");
    expect(found(after(402)).picture().nextAttemptAt).toBe(3_600_000);
    expect(found(standingAfterClosing(null, closed(402, { expiresAtMs: -1 }), -1000)).picture().state).toBe(
      "connecting",
    );
  });

  test("goes on with the pace of a client that is rejected", () => {
    expect(found(after(405)).picture()).toMatchObject({ state: "backing-off", nextAttemptAt: 120_000 });
    expect(found(after(405, 405)).picture()).toMatchObject({ nextAttemptAt: 360_000, reconnectAttempts: 2 });
  });

  test("waits no longer than the whole pause though the clock was set back", () => {
    const ahead = standingAfterClosing(null, closed(405), 86_400_000);
    expect(found(ahead).picture().nextAttemptAt).toBe(120_000);
  });

  test("does not forget a person's word when the bot could not carry it out at once", () => {
    const standing = after(440, 440);
    const rig = found(standing);
    rig.send({ type: "resume" });
    rig.send({ type: "connectRefused", generation: rig.generation() });
    rig.advance(5000);
    rig.adopt("none", 0, standing);
    expect(rig.picture().state).toBe("connecting");
    rig.send({ type: "connectStarted", generation: rig.generation() });
    rig.close(428);
    expect(rig.picture().state).toBe("backing-off");
  });
});
