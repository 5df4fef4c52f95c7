import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { createRig, type Rig } from "./testing/rig.ts";

const DAY_MS = 86_400_000;

/** Until the watchdog says that the connection is dead; how long that took. */
const untilDead = (rig: Rig, limitMs = 120_000): number => {
  const begin = rig.now();
  while (rig.now() - begin < limitMs && !rig.taken().some((effect) => effect.startsWith("declareDead"))) {
    rig.advance(100);
  }
  return rig.now() - begin;
};

describe("a connection that lives", () => {
  test("is never touched in 30 quiet days in which nothing but heartbeats is answered", () => {
    const rig = createRig();
    rig.advance(30 * DAY_MS);
    const taken = rig.taken();
    expect(new Set(taken)).toEqual(new Set(["askVitals", "probe 1"]));
    // Every twenty seconds or so, all the time.
    expect(taken.filter((effect) => effect === "probe 1").length).toBeGreaterThan(100_000);
    expect(rig.told.every((reason) => reason.startsWith("Nothing has come"))).toBe(true);
  });

  test("nor by slow answers and a busy bot, on a network that now and then takes seconds", () => {
    const rig = createRig();
    const random = seededRandom(4_711);
    for (let minute = 0; minute < 7 * 24 * 60; minute += 1) {
      rig.world.rttMs = random() < 0.05 ? 9000 * random() : 200 * random();
      rig.world.lagMs = random() < 0.05 ? 8000 * random() : 20 * random();
      rig.world.sending = random() < 0.1;
      rig.advance(60_000);
    }
    expect(rig.taken().filter((effect) => !/^(askVitals|probe 1)$/.test(effect))).toEqual([]);
  });

  test("is pinged once a minute while things arrive, and is not for every one of them", () => {
    const rig = createRig();
    for (let second = 0; second < 600; second += 1) {
      rig.frame();
      rig.advance(1000);
    }
    // The time an answer takes comes on top.
    expect(rig.taken().filter((effect) => effect === "probe 1")).toHaveLength(9);
    expect(rig.told[0]).toBe("It is time for one.");
  });

  test("counts whatever arrives during a ping as life, though the answer does not", () => {
    const rig = createRig();
    rig.world.rttMs = 60_000;
    rig.advance(21_000);
    rig.frame();
    rig.advance(10_000);
    expect(rig.taken().filter((effect) => effect !== "askVitals")).toEqual(["probe 1"]);
    expect(rig.state.status).toBe("resting");
  });
});

describe("a dead connection that looks open", () => {
  test("is found within 45 seconds, in whichever moment it dies", () => {
    let longest = 0;
    for (let moment = 0; moment < 90_000; moment += 700) {
      const rig = createRig();
      for (let passed = 0; passed < moment; passed += 700) {
        if (passed % 4900 === 0) rig.frame();
        rig.advance(700);
      }
      rig.taken();
      rig.world.lineAlive = false;
      longest = Math.max(longest, untilDead(rig));
    }
    expect(longest).toBeLessThanOrEqual(35_100);
    expect(longest).toBeGreaterThan(20_000);
  });

  test("is found sooner while a message is on its way", () => {
    const rig = createRig();
    rig.world.lineAlive = false;
    rig.world.sending = true;
    expect(untilDead(rig)).toBeLessThanOrEqual(20_100);
    expect(rig.told.at(-1)).toMatch(
      /^WhatsApp is silent: nothing has come for 20\.0 s, and a ping was not answered\.$/,
    );
  });

  test("is not told from a busy bot by one ping: it is judged again, and not for ever", () => {
    const rig = createRig();
    rig.world.lineAlive = false;
    rig.world.lagMs = 4000;
    rig.advance(30_000);
    expect(rig.taken().filter((effect) => effect !== "askVitals")).toEqual(["probe 1", "probe 2"]);
    expect(rig.told.at(-1)).toBe("The last one proves nothing: the bot was busy for 4.0 s.");
    rig.advance(20_000);
    expect(rig.taken().filter((effect) => effect !== "askVitals")).toEqual(["probe 3", "declareDead 7"]);
  });

  test("and a bot that was only busy is left in peace once it comes round", () => {
    const rig = createRig();
    rig.world.rttMs = 60_000;
    rig.world.lagMs = 4000;
    rig.advance(30_000);
    rig.world.rttMs = 80;
    rig.advance(30_000);
    expect(rig.taken().some((effect) => effect.startsWith("declareDead"))).toBe(false);
  });
});

describe("the ladder", () => {
  test("goes from a fresh connection to a fresh bot, and to a person", () => {
    const rig = createRig();
    const rungs: string[] = [];
    for (let socket = 8; socket < 17; socket += 1) {
      rig.world.lineAlive = false;
      rig.advance(60_000);
      rungs.push(...rig.taken().filter((effect) => !/^(askVitals|probe)/.test(effect)));
      expect(rig.state.status).toBe("off");
      rig.world.lineAlive = true;
      rig.world.socket = socket;
      rig.world.lastFrameAt = rig.now();
      rig.send({ type: "opened", socket });
    }
    const dead = (from: number): string[] => [0, 1, 2].map((more) => `declareDead ${String(from + more)}`);
    expect(rungs).toEqual([...dead(7), "restartBot", ...dead(10), "restartBot", "alert", ...dead(13), "restartBot"]);
  });

  test("is begun at its foot after an hour of calm", () => {
    const rig = createRig();
    for (let socket = 8; socket < 12; socket += 1) {
      rig.world.lineAlive = false;
      rig.advance(60_000);
      rig.world.lineAlive = true;
      rig.world.socket = socket;
      rig.world.lastFrameAt = rig.now();
      rig.send({ type: "opened", socket });
      rig.advance(3_600_000);
    }
    expect(rig.taken()).not.toContain("restartBot");
  });

  test("restarts a bot that answers nothing for twenty seconds, and tells a person when that is no help", () => {
    const rig = createRig();
    rig.world.botAlive = false;
    rig.advance(25_000);
    expect(rig.taken()).toEqual(["askVitals", "askVitals", "askVitals", "askVitals", "restartBot"]);
    expect(rig.told.at(-1)).toBe("The bot did not answer 4 questions in a row.");
    rig.advance(25_000);
    expect(rig.taken().slice(-2)).toEqual(["restartBot", "alert"]);
  });

  test("forgives a bot that was silent for less", () => {
    const rig = createRig();
    for (let round = 0; round < 5; round += 1) {
      rig.world.botAlive = false;
      rig.advance(14_000);
      rig.world.botAlive = true;
      rig.frame();
      rig.advance(10_000);
    }
    expect(rig.taken()).not.toContain("restartBot");
  });

  test("gives news of an end some time to arrive, and goes on without it", () => {
    const rig = createRig();
    rig.world.socket = null;
    rig.advance(15_000);
    expect(rig.taken()).toEqual(["askVitals", "askVitals", "askVitals"]);
    rig.advance(5_000);
    expect(rig.taken()).toEqual(["askVitals", "declareDead 7"]);
  });

  test("is not climbed where nothing is open", () => {
    const rig = createRig();
    rig.send({ type: "left" });
    rig.world.botAlive = false;
    rig.advance(DAY_MS);
    expect(rig.taken()).toEqual([]);
  });
});

test("a short interval shortens everything else", () => {
  const rig = createRig({}, 1000);
  rig.world.lineAlive = false;
  expect(untilDead(rig)).toBeLessThanOrEqual(3300);
});
