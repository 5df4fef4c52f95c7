import { describe, expect, test } from "@jest/globals";
import { reconnectSchedule } from "@blacksky/whatsapp";
import { createRig, type Rig } from "./testing/rig.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The rig's clock begins 1,000 s into 1970: at 00:16:40 UTC. */
const openRig = async (quietHours = { fromHour: 3, toHour: 3 }): Promise<Rig> => {
  const schedule = reconnectSchedule({ everyHours: 6, quietHours, timeZone: "UTC" });
  if (schedule === undefined) throw new Error("There is no schedule.");
  const rig = await createRig({ schedule });
  rig.bot.open();
  await rig.settle();
  return rig;
};

const ordersSince = (rig: Rig): string[] => rig.bot.orders.filter((order) => order !== "describe");

/** Hours pass one by one, as they would for the bot's answers. */
const passHours = async (rig: Rig, hours: number): Promise<void> => {
  for (let passed = 0; passed < hours; passed += 1) await rig.pass(HOUR_MS);
};

describe("planned reconnects", () => {
  test("replace a connection that is old, by the ordinary way and with its reason in the log", async () => {
    const rig = await openRig();
    await passHours(rig, 5);
    await rig.pass(HOUR_MS - 1);
    expect(ordersSince(rig)).toEqual(["connect 1"]);
    await rig.pass(1);
    expect(ordersSince(rig)).toEqual(["connect 1", "end 1", "connect 2"]);
    expect(rig.logged).toContain("info Planned reconnect: the connection has been open for 6.0 hours.");
    rig.bot.open();
    await rig.settle();
    await passHours(rig, 6);
    expect(ordersSince(rig).at(-1)).toBe("connect 3");
  });

  test("count from the newest connection", async () => {
    const rig = await openRig();
    await passHours(rig, 5);
    rig.bot.close(428);
    await rig.settle();
    await rig.pass(3000);
    rig.bot.open();
    await rig.settle();
    await passHours(rig, 5);
    expect(ordersSince(rig)).toEqual(["connect 1", "connect 2"]);
    await passHours(rig, 1);
    expect(ordersSince(rig).at(-1)).toBe("connect 3");
  });

  test("know the age of a connection that another controller opened", async () => {
    const rig = await openRig();
    await passHours(rig, 4);
    await rig.restartController();
    await passHours(rig, 2);
    expect(ordersSince(rig)).toEqual(["connect 1", "end 1", "connect 2"]);
  });

  test("wait for the end of the quiet hours", async () => {
    // Old enough at 06:16:40.
    const rig = await openRig({ fromHour: 5, toHour: 9 });
    await passHours(rig, 8);
    expect(ordersSince(rig)).toEqual(["connect 1"]);
    await rig.pass(9 * HOUR_MS - rig.clock.now());
    expect(ordersSince(rig)).toEqual(["connect 1", "end 1", "connect 2"]);
  });

  test("wait some minutes while messages come and go, and are not lost", async () => {
    const rig = await openRig();
    rig.bot.traffic = { lastMessageAt: null, pending: 1 };
    await passHours(rig, 6);
    expect(ordersSince(rig)).toEqual(["connect 1"]);
    rig.bot.traffic = { lastMessageAt: rig.clock.now() + 4.5 * MINUTE_MS, pending: 0 };
    await rig.pass(5 * MINUTE_MS);
    expect(ordersSince(rig)).toEqual(["connect 1"]);
    await rig.pass(5 * MINUTE_MS);
    expect(ordersSince(rig)).toEqual(["connect 1", "end 1", "connect 2"]);
  });

  test("do not disturb a bot that does not answer", async () => {
    const rig = await openRig();
    rig.bot.traffic = undefined;
    await passHours(rig, 6);
    await rig.pass(4_000);
    expect(ordersSince(rig)).toEqual(["connect 1"]);
    rig.bot.traffic = { lastMessageAt: null, pending: 0 };
    await rig.pass(5 * MINUTE_MS);
    expect(ordersSince(rig)).toEqual(["connect 1", "end 1", "connect 2"]);
  });

  test("drop a decision that came too late: the connection has been replaced already", async () => {
    const rig = await openRig();
    rig.bot.traffic = undefined;
    await passHours(rig, 6);
    rig.bot.close(428);
    await rig.settle();
    await rig.pass(4_000);
    rig.bot.traffic = { lastMessageAt: null, pending: 0 };
    rig.bot.open();
    await rig.settle();
    await passHours(rig, 5);
    expect(ordersSince(rig)).toEqual(["connect 1", "connect 2"]);
  });

  test("come to nothing once the controller has stopped", async () => {
    const rig = await openRig();
    rig.controller.stop();
    expect(rig.clock.pending).toBe(0);
  });
});
