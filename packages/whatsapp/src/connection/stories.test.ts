import { describe, expect, test } from "@jest/globals";
import { connectedRig, createRig, type Rig } from "./testing/rig.ts";

describe("an ordinary life", () => {
  test("finds the bot, connects, and counts as healthy only after half a minute", () => {
    const rig = createRig();
    rig.send({ type: "start" });
    expect(rig.taken()).toEqual(["describe"]);
    rig.adopt("none");
    expect(rig.taken()).toEqual(["connect 1", "publish connecting"]);
    rig.close(428);
    rig.advance(3000);
    rig.open();
    expect(rig.picture()).toMatchObject({ state: "open", reconnectAttempts: 1 });
    rig.advance(29_999);
    expect(rig.picture().reconnectAttempts).toBe(1);
    rig.advance(1);
    expect(rig.picture()).toMatchObject({ state: "open", reconnectAttempts: 0, since: 3000 });
  });

  test("asks again and again for a bot that is not there, and connects at once when it comes", () => {
    const rig = createRig();
    rig.send({ type: "start" });
    rig.advance(10_000);
    expect(rig.taken()).toEqual(["describe", "describe", "describe"]);
    rig.send({ type: "executorStarted" });
    rig.adopt("none");
    expect(rig.taken()).toEqual(["describe", "connect 1", "publish connecting"]);
    expect(rig.pendingTimers()).toEqual(["connectDeadline"]);
  });

  test("adopts an open socket without a second connect", () => {
    const rig = createRig();
    rig.send({ type: "start" });
    rig.adopt("open", 5);
    expect(rig.taken()).toEqual(["describe", "publish open"]);
    rig.send({ type: "socketClosed", ...rig.closed(428), generation: 5 });
    rig.advance(3000);
    expect(rig.taken()).toEqual(["publish backing-off", "connect 6", "publish connecting"]);
  });

  test("pairs: QR, scan, the restart that follows at once and is no failure, open", () => {
    const rig = connectedRig({ open: false });
    rig.send({ type: "pairingStarted", generation: 1 });
    rig.advance(120_000);
    expect(rig.picture().state).toBe("pairing");
    rig.close(515, { paired: false });
    rig.open();
    expect(rig.taken()).toEqual(["publish pairing", "connect 2", "publish connecting", "publish open"]);
    expect(rig.picture().reconnectAttempts).toBe(0);
  });

  test("connects at once when the bot process comes back", () => {
    const rig = connectedRig();
    rig.advance(2000);
    rig.send({ type: "executorLost" });
    expect(rig.picture()).toMatchObject({ state: "standby", lastDisconnect: { code: 0 } });
    rig.send({ type: "executorStarted" });
    rig.adopt("none");
    expect(rig.taken()).toContain("connect 3");
  });
});

describe("trouble", () => {
  test("backs off further each time, slows down at the limit, tells a person once, and never gives up", () => {
    const rig = connectedRig();
    const delays: number[] = [];
    for (let failure = 0; failure < 20; failure++) {
      rig.close(428);
      delays.push((rig.picture().nextAttemptAt ?? 0) - rig.now());
      rig.advance(delays.at(-1) ?? 0);
      expect(rig.picture().state).toBe("connecting");
    }
    expect(delays.slice(0, 6)).toEqual([3000, 6000, 12_000, 24_000, 48_000, 60_000]);
    expect(delays.slice(15)).toEqual([300_000, 300_000, 300_000, 300_000, 300_000]);
    expect(rig.taken().filter((effect) => /alert|recycle/.test(effect))).toEqual([
      "alert retries-exhausted",
      "recycleExecutor",
    ]);
  });

  test("ends an attempt that hangs, and tries again", () => {
    const rig = connectedRig({ open: false });
    rig.advance(25_000);
    expect(rig.taken()).toEqual(["end 1", "publish backing-off"]);
    expect(rig.picture().lastDisconnect).toMatchObject({ code: 408 });
    rig.close(428, { generation: 1 });
    rig.advance(3000);
    expect(rig.taken()).toEqual(["connect 2", "publish connecting"]);
  });

  test("cuts a connection that went silent, and comes back as after any other loss", () => {
    const rig = connectedRig();
    const silent = { type: "socketSilent", reason: "WhatsApp is silent.", chance: 0 } as const;
    rig.send({ ...silent, generation: 0 });
    expect(rig.taken()).toEqual([]);
    rig.send({ ...silent, generation: 1 });
    expect(rig.taken()).toEqual(["cut 1", "publish backing-off"]);
    expect(rig.picture().lastDisconnect).toMatchObject({ code: 408, reason: "WhatsApp is silent." });
    rig.close(428, { generation: 1 });
    rig.advance(3000);
    expect(rig.taken()).toEqual(["connect 2", "publish connecting"]);
  });

  test("waits no longer because the clock was set back meanwhile", () => {
    const rig = connectedRig();
    rig.close(428);
    expect(rig.taken()).toEqual(["publish backing-off"]);
    rig.setWall(-3_600_000);
    rig.advance(3000);
    expect(rig.taken()).toEqual(["connect 2", "publish connecting"]);
  });

  test("does not spin when every connection is answered with 515", () => {
    const rig = connectedRig();
    for (let round = 0; round < 4; round++) {
      rig.close(515);
      rig.advance(2000);
    }
    expect(rig.picture()).toMatchObject({ state: "backing-off", reconnectAttempts: 1 });
  });

  test("probes once after a take-over, and leaves it to a person after the second", () => {
    const rig = connectedRig();
    rig.close(440);
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: 30_000 });
    rig.advance(29_999);
    rig.send({ type: "reconnect" });
    rig.send({ type: "executorStarted" });
    expect(rig.picture().state).toBe("replaced");
    rig.advance(1);
    rig.open();
    rig.advance(60_000);
    rig.close(440);
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: null });
    expect(rig.taken()).toContain("alert replaced");
    rig.advance(86_400_000);
    expect(rig.taken()).toEqual([]);
    rig.send({ type: "resume" });
    rig.open();
    expect(rig.picture().state).toBe("open");
  });

  test("takes a take-over after ten quiet minutes for a new one", () => {
    const rig = connectedRig();
    rig.close(440);
    rig.advance(30_000);
    rig.open();
    rig.advance(600_000);
    rig.close(440);
    expect(rig.picture().nextAttemptAt).not.toBeNull();
  });

  test("stays logged out until a person resumes, with the session in the archive", () => {
    const rig = connectedRig();
    rig.close(401);
    expect(rig.taken()).toEqual(["archiveSession logged-out", "alert logged-out", "publish logged-out"]);
    rig.send({ type: "executorLost" });
    rig.send({ type: "executorStarted" });
    rig.send({ type: "reconnect" });
    rig.advance(86_400_000);
    expect(rig.taken()).toEqual([]);
    rig.send({ type: "resume" });
    expect(rig.taken()).toEqual(["connect 2", "publish connecting"]);
  });

  test("waits out a ban of weeks, whatever happens to the bot process", () => {
    const rig = connectedRig();
    const banMs = 40 * 86_400_000;
    rig.close(402, { expiresAtMs: banMs });
    rig.send({ type: "executorStarted" });
    rig.advance(banMs - 1);
    expect(rig.taken()).toEqual(["alert temporary-ban", "publish backing-off"]);
    rig.advance(1);
    expect(rig.taken()).toEqual(["connect 2", "publish connecting"]);
  });

  /** Shows codes that nobody uses, round after round; returns the pauses after them, `null` for one without end. */
  const showInVain = (rig: Rig, rounds: number): (number | null)[] =>
    Array.from({ length: rounds }, () => {
      rig.send({ type: "pairingStarted", generation: rig.generation() });
      rig.close(408, { paired: false, reason: "QR refs attempts ended" });
      const { nextAttemptAt } = rig.picture();
      const pauseMs = nextAttemptAt === null ? null : nextAttemptAt - rig.now();
      rig.advance(pauseMs ?? 0);
      return pauseMs;
    });

  test("shows new QR codes ever more rarely when nobody scans, and none when nobody is there", () => {
    const rig = connectedRig({ open: false });
    expect(showInVain(rig, 5)).toEqual([3000, 6000, 12_000, 24_000, null]);
    rig.taken();
    rig.advance(7 * 86_400_000);
    expect(rig.taken()).toEqual([]);
    expect(rig.picture()).toMatchObject({
      state: "backing-off",
      nextAttemptAt: null,
      lastDisconnect: { code: 408 },
    });
    rig.send({ type: "pairingWanted" });
    expect(rig.picture().state).toBe("connecting");
    expect(showInVain(rig, 5)).toEqual([3000, 6000, 12_000, 24_000, null]);
  });

  test("shows a fresh process' code once, and then none again", () => {
    const rig = connectedRig({ open: false });
    showInVain(rig, 5);
    rig.send({ type: "executorStarted" });
    rig.advance(2000);
    expect(showInVain(rig, 1)).toEqual([null]);
  });

  test("does not let somebody who looks wait for a code, but never hurries for one where a phone is linked", () => {
    const unpaired = connectedRig({ open: false });
    unpaired.advance(2000);
    unpaired.close(408, { paired: false });
    unpaired.send({ type: "pairingWanted" });
    expect(unpaired.picture().state).toBe("connecting");
    const paired = connectedRig();
    paired.close(428);
    paired.send({ type: "pairingWanted" });
    expect(paired.picture().state).toBe("backing-off");
  });

  test("reports an unknown code once per outage", () => {
    const rig = connectedRig();
    for (let failure = 0; failure < 3; failure++) {
      rig.close(499);
      rig.advance(60_000);
      rig.open();
    }
    expect(rig.taken().filter((effect) => effect.startsWith("alert"))).toEqual(["alert unknown-disconnect"]);
  });

  test("finds out where the bot is when it went its own way", () => {
    const rig = connectedRig();
    rig.send({ type: "socketOpened", generation: 4 });
    expect(rig.taken()).toEqual(["describe", "publish standby"]);
    rig.adopt("open", 4);
    rig.close(428, { generation: 4 });
    expect(rig.taken()).toEqual(["publish open", "publish backing-off"]);
  });

  test("hears a ban though it came for the socket that was just being replaced", () => {
    const rig = connectedRig();
    rig.advance(2000);
    rig.send({ type: "reconnect" });
    rig.taken();
    rig.close(402, { generation: 1, expiresAtMs: 900_000 });
    expect(rig.taken()).toEqual(["end 2", "alert temporary-ban", "publish backing-off"]);
    expect(rig.picture().nextAttemptAt).toBe(900_000);
  });

  test("drops news of sockets, timers and questions from before", () => {
    const rig = connectedRig();
    rig.advance(2000);
    rig.send({ type: "reconnect" });
    expect(rig.taken()).toEqual(["end 1", "connect 2", "publish connecting"]);
    rig.close(428, { generation: 1 });
    rig.send({ type: "connectRefused", generation: 1 });
    rig.send({ type: "adopted", asked: 1, socket: "none", generation: 1, sinceMs: 0, standing: null, chance: 0 });
    rig.send({ type: "timer", name: "connectDeadline", generation: 1, chance: 0 });
    expect(rig.taken()).toEqual([]);
  });
});
