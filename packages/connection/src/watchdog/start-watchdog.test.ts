import { describe, expect, test } from "@jest/globals";
import { createRig, type Rig } from "../testing/rig.ts";

const openRig = async (): Promise<Rig> => {
  const rig = await createRig({ watched: true });
  rig.bot.open();
  await rig.settle();
  return rig;
};

const warnings = ({ logged }: Rig): string[] => logged.filter((line) => /^(warn|error)/.test(line));

describe("the watchdog of a connection", () => {
  test("pings through a quiet hour and leaves the connection alone", async () => {
    const rig = await openRig();
    await rig.passSlowly(3_600_000);
    expect(rig.bot.orders).toEqual(["describe", "connect 1"]);
    expect(rig.bot.pings).toBeGreaterThan(100);
    expect(warnings(rig)).toEqual([]);
  });

  test("has a dead one cut within 45 seconds, and it comes back at the ordinary pace", async () => {
    const rig = await openRig();
    rig.bot.silence(true);
    await rig.passSlowly(31_000);
    expect(rig.bot.orders).toEqual(["describe", "connect 1", "cut 1"]);
    expect(rig.picture()).toMatchObject({ state: "backing-off", reconnectAttempts: 1, lastDisconnect: { code: 408 } });
    expect(rig.picture()?.lastDisconnect?.reason).toMatch(/^WhatsApp is silent: nothing has come for 3\d\.\d s/);
    expect(warnings(rig)).toHaveLength(1);
    await rig.passSlowly(3000);
    expect(rig.bot.generation).toBe(2);
  });

  test("does not take a busy bot for a dead connection", async () => {
    const rig = await openRig();
    rig.bot.silence(true);
    rig.bot.lag(5000);
    await rig.passSlowly(35_000);
    rig.bot.silence(false);
    await rig.passSlowly(10_000);
    rig.bot.lag(0);
    await rig.passSlowly(60_000);
    expect(rig.bot.orders).toEqual(["describe", "connect 1"]);
  });

  test("goes on with the socket that a restarted keeper has adopted", async () => {
    const rig = await openRig();
    await rig.restartController();
    rig.bot.silence(true);
    await rig.passSlowly(31_000);
    expect(rig.bot.orders.at(-1)).toBe("cut 1");
  });

  test("has the bot restarted when the connection dies again and again, and nothing is asked of a closed one", async () => {
    const rig = await openRig();
    for (const pauseMs of [3000, 6000, 12_000]) {
      rig.bot.silence(true);
      await rig.passSlowly(31_000);
      const { pings } = rig.bot;
      await rig.passSlowly(pauseMs);
      expect(rig.bot.pings).toBe(pings);
      rig.bot.silence(false);
      rig.bot.open();
      await rig.settle();
    }
    expect(rig.recycled).toContain("bot");
    expect(rig.logged.join("\n")).toContain(
      "The bot worker is restarted. The connection to WhatsApp was found dead 3 times",
    );
  });

  test("ends with its controller", async () => {
    const rig = await openRig();
    await rig.passSlowly(22_000);
    rig.controller.stop();
    await rig.passSlowly(30_000);
    expect(rig.clock.pending).toBe(0);
  });
});
