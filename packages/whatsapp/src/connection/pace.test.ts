import { describe, expect, test } from "@jest/globals";
import { connectedRig, createRig, type Rig } from "./testing/rig.ts";

describe("the pace", () => {
  test("keeps two seconds between the starts of two attempts, whatever is behind them", () => {
    const hurries: readonly ((rig: Rig) => void)[] = [
      (rig) => rig.close(515),
      (rig) => rig.close(428, { chance: 0.99 }),
      (rig) => rig.send({ type: "reconnect" }),
      (rig) => {
        rig.send({ type: "executorStarted" });
        rig.adopt("none");
      },
      (rig) => {
        rig.close(411);
        rig.send({ type: "resume" });
      },
      (rig) => {
        rig.send({ type: "executorLost" });
        rig.send({ type: "executorStarted" });
        rig.send({ type: "executorStarted" });
        rig.adopt("none");
      },
    ];
    for (const hurry of hurries) {
      const rig = connectedRig();
      rig.advance(500);
      hurry(rig);
      rig.send({ type: "reconnect" });
      rig.advance(1499);
      expect(rig.taken().filter((effect) => effect.startsWith("connect"))).toEqual([]);
      rig.advance(1);
      expect(rig.picture().state).toBe("connecting");
    }
  });

  test("counts from when the attempt really began: it may have waited for the end of the socket before it", () => {
    const rig = connectedRig();
    rig.advance(5000);
    rig.send({ type: "connectStarted", generation: 1 });
    rig.close(515);
    expect(rig.picture().nextAttemptAt).toBe(7000);
  });

  test("waits no longer than two seconds for that, though the clock was set back", () => {
    const rig = connectedRig();
    rig.setWall(-3_600_000);
    rig.send({ type: "reconnect" });
    rig.advance(2000);
    expect(rig.picture().state).toBe("connecting");
  });

  test("keeps its distance from a socket that somebody else opened", () => {
    const rig = createRig();
    rig.send({ type: "start" });
    rig.adopt("none", 5);
    expect(rig.picture()).toMatchObject({ state: "backing-off", nextAttemptAt: 2000 });
  });

  test("leaves servers in trouble alone for half a minute, whatever happens to the bot process", () => {
    for (const [chance, nextAttemptAt] of [
      [0, 30_000],
      [0.5, 45_000],
    ] as const) {
      const rig = connectedRig();
      rig.close(503, { origin: "failure", chance });
      rig.send({ type: "executorStarted" });
      expect(rig.picture()).toMatchObject({ state: "backing-off", nextAttemptAt });
      rig.advance(nextAttemptAt);
      expect(rig.picture().state).toBe("connecting");
    }
  });

  test("leaves ordinary delays to chance entirely, and the slow ones and the probe in part", () => {
    const delayAt = (chance: number, code: number, failures: number): number => {
      const rig = connectedRig();
      for (let failure = 1; failure < failures; failure++) {
        rig.close(code);
        rig.advance((rig.picture().nextAttemptAt ?? 0) - rig.now());
      }
      rig.advance(2000);
      rig.close(code, { chance });
      return (rig.picture().nextAttemptAt ?? 0) - rig.now();
    };
    expect([delayAt(0, 428, 3), delayAt(0.5, 428, 3), delayAt(0.999, 428, 3)]).toEqual([12_000, 6000, 12]);
    expect([delayAt(0, 428, 16), delayAt(0.999, 428, 16)]).toEqual([300_000, 374_925]);
    expect([delayAt(0, 440, 1), delayAt(0.5, 440, 1)]).toEqual([30_000, 45_000]);
  });
});
