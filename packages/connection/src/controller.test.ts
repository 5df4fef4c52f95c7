import { describe, expect, test } from "@jest/globals";
import { connection } from "@blacksky/protocol";
import { createRig, type Rig } from "./testing/rig.ts";

const openRig = async (): Promise<Rig> => {
  const rig = await createRig();
  rig.bot.open();
  await rig.settle();
  return rig;
};

const reconnect = (rig: Rig): Promise<object> =>
  rig.parent.request(connection.reconnect, { reason: "asked for" }, { deadlineMs: 1000 });

describe("the controller", () => {
  test("has the bot open a socket and tells everybody how it goes", async () => {
    const rig = await createRig();
    expect(rig.bot.orders).toEqual(["describe", "connect 1"]);
    rig.bot.open();
    await rig.settle();
    expect(rig.states).toEqual(["connecting", "open"]);
    expect(rig.picture()).toEqual({
      state: "open",
      since: 1_000_000,
      reconnectAttempts: 0,
      nextAttemptAt: null,
      lastDisconnect: null,
    });
  });

  test("waits for a bot that is not there yet", async () => {
    const rig = await createRig({ absent: true });
    await rig.pass(5000);
    expect(rig.bot.orders).toEqual(["describe", "describe"]);
    rig.bot.start();
    await rig.settle();
    expect(rig.bot.orders.at(-1)).toBe("connect 1");
  });

  test("comes back after a drop, with the delay it was configured with", async () => {
    const rig = await openRig();
    rig.bot.close(428);
    await rig.settle();
    expect(rig.picture()).toMatchObject({
      state: "backing-off",
      reconnectAttempts: 1,
      nextAttemptAt: 1_003_000,
      lastDisconnect: { code: 428, reason: "The connection to WhatsApp was closed.", at: 1_000_000 },
    });
    await rig.pass(2999);
    expect(rig.bot.generation).toBeUndefined();
    await rig.pass(1);
    expect(rig.bot.generation).toBe(2);
  });

  test("follows a pairing through its restart without delay", async () => {
    const rig = await createRig();
    rig.bot.showQr();
    await rig.pass(2000);
    rig.bot.close(515, { paired: false });
    await rig.settle();
    rig.bot.open();
    await rig.settle();
    expect(rig.states).toEqual(["connecting", "pairing", "connecting", "open"]);
  });

  test("adopts the open socket after its own restart and still looks after it", async () => {
    const rig = await openRig();
    await rig.pass(60_000);
    await rig.restartController();
    expect(rig.bot.orders).toEqual(["describe", "connect 1", "describe"]);
    expect(rig.picture()).toMatchObject({ state: "open", since: 1_000_000 });
    rig.bot.close(503);
    await rig.settle();
    await rig.pass(3000);
    expect(rig.bot.generation).toBe(2);
  });

  test("connects at once when the bot process was restarted", async () => {
    const rig = await openRig();
    await rig.pass(2000);
    rig.bot.die();
    await rig.settle();
    expect(rig.picture()?.state).toBe("standby");
    rig.bot.start();
    await rig.settle();
    expect(rig.bot.generation).toBeDefined();
  });

  test("keeps asking while the bot refuses for want of a lease", async () => {
    const rig = await createRig({ absent: true });
    rig.bot.refuseWith("lease.notHeld");
    rig.bot.start();
    await rig.settle();
    expect(rig.picture()?.state).toBe("standby");
    await rig.pass(5000);
    expect(rig.picture()?.state).toBe("standby");
    rig.bot.refuseWith(undefined);
    await rig.pass(5000);
    expect(rig.picture()?.state).toBe("connecting");
    expect(rig.logged).toContain("warn The bot did not open a socket.");
  });

  test("ends an attempt that hangs before it opens another", async () => {
    const rig = await createRig();
    await rig.pass(25_000);
    expect(rig.bot.orders.at(-1)).toBe("end 1");
    await rig.pass(3000);
    expect(rig.bot.orders.at(-1)).toBe("connect 2");
    expect(rig.bot.generation).toBe(2);
  });

  test("opens the next socket only after the bot has said that the old one is gone", async () => {
    const rig = await openRig();
    await rig.pass(2000);
    let release = (): void => undefined;
    rig.bot.holdEnds(new Promise((resolve) => (release = resolve)));
    await reconnect(rig);
    await rig.settle();
    expect(rig.bot.orders.at(-1)).toBe("end 1");
    release();
    await rig.settle();
    expect(rig.bot.orders.at(-1)).toBe("connect 2");
    expect(rig.logged.filter((line) => line.startsWith("warn"))).toEqual([]);
  });

  test("keeps its distance from the attempt before, which itself had to wait for the end of another", async () => {
    const rig = await openRig();
    await rig.pass(2000);
    let release = (): void => undefined;
    rig.bot.holdEnds(new Promise((resolve) => (release = resolve)));
    await reconnect(rig);
    await rig.pass(5000);
    release();
    await rig.settle();
    rig.bot.close(515);
    await reconnect(rig);
    await rig.pass(1999);
    expect(rig.bot.orders.at(-1)).toBe("connect 2");
    await rig.pass(1);
    expect(rig.bot.orders.at(-1)).toBe("connect 3");
  });

  test("opens no socket whose turn comes when it has been given up already", async () => {
    const rig = await openRig();
    await rig.pass(2000);
    rig.bot.stall(60_000);
    await reconnect(rig);
    for (let seconds = 0; seconds < 60; seconds++) await rig.pass(1000);
    expect(rig.bot.orders).toContain("connect 2");
    expect(rig.bot.generation).not.toBe(2);
    for (let seconds = 0; seconds < 30; seconds++) await rig.pass(1000);
    expect(rig.bot.generation).toBeGreaterThan(2);
  });

  test("does not make a fresh bot wait for what the dead one owed", async () => {
    const rig = await openRig();
    await rig.pass(2000);
    rig.bot.holdEnds(new Promise(() => undefined));
    await reconnect(rig);
    rig.bot.die();
    rig.bot.start();
    await rig.pass(2000);
    expect(rig.bot.generation).toBe(4);
  });

  test("asks for a fresh bot process and slows down when nothing helps", async () => {
    const rig = await openRig();
    for (const delayMs of [3000, 6000, 12_000]) {
      rig.bot.close(428);
      await rig.settle();
      await rig.pass(delayMs);
    }
    expect(rig.recycled).toEqual(["bot"]);
    expect(rig.raised).toEqual(["retries-exhausted"]);
    rig.bot.close(428);
    await rig.settle();
    expect((rig.picture()?.nextAttemptAt ?? 0) - rig.clock.now()).toBe(300_000);
  });
});

describe("what only a person may end", () => {
  test("a take-over is final for the next controller too, with the bot of then or another one", async () => {
    const rig = await openRig();
    rig.bot.close(440);
    await rig.settle();
    await rig.pass(30_000);
    rig.bot.open();
    rig.bot.close(440);
    await rig.settle();
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: null });
    const connects = rig.bot.orders.filter((order) => order.startsWith("connect"));
    await rig.restartController();
    rig.bot.die();
    await rig.restartController();
    rig.bot.start();
    await rig.settle();
    await rig.pass(86_400_000);
    expect(rig.picture()).toMatchObject({ state: "replaced", nextAttemptAt: null, lastDisconnect: { code: 440 } });
    expect(rig.bot.orders.filter((order) => order.startsWith("connect"))).toEqual(connects);
    await reconnect(rig);
    await rig.settle();
    rig.bot.open();
    await rig.settle();
    await rig.restartController();
    expect(rig.picture()?.state).toBe("open");
  });

  test("a logout stays one until somebody asks for a connection", async () => {
    const rig = await openRig();
    rig.bot.close(401);
    await rig.settle();
    await rig.pass(86_400_000);
    expect(rig.picture()?.state).toBe("logged-out");
    expect(rig.raised).toEqual(["logged-out"]);
    await reconnect(rig);
    await rig.settle();
    expect(rig.picture()?.state).toBe("connecting");
  });

  test("a ban is not cut short, and the person hears why", async () => {
    const rig = await openRig();
    rig.bot.close(402, { expiresAt: 2_000_000 });
    await rig.settle();
    await expect(reconnect(rig)).rejects.toMatchObject({ code: "connection.held" });
    await rig.pass(1_000_000);
    expect(rig.picture()?.state).toBe("connecting");
  });
});

describe("stopping", () => {
  test("leaves the socket to the bot and lets nothing fire afterwards", async () => {
    const rig = await openRig();
    rig.controller.stop();
    rig.bot.close(428);
    await rig.settle();
    await rig.pass(600_000);
    expect(rig.bot.orders).toEqual(["describe", "connect 1"]);
    expect(rig.clock.pending).toBe(0);
  });

  test("follows from the parent's end", async () => {
    const rig = await openRig();
    rig.disconnect();
    expect(rig.clock.pending).toBe(0);
  });
});
