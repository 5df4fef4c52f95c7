import { describe, expect, test } from "@jest/globals";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createFakeClock, expiryIn, LONG_OVER, type Expiry } from "@blacksky/machine";
import { connection, session } from "@blacksky/protocol";
import { sessionStatus } from "../health/testing/session-status.ts";
import { createSocketPermit } from "./socket-permit.ts";

const HOUR_MS = 3_600_000;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

const connect = () => {
  const ports = linkPorts();
  const onViolation = (error: Error): never => {
    throw error;
  };
  return {
    runner: createChannel({ port: ports.parent, onViolation }),
    child: createChannel({ port: ports.child, onViolation }),
  };
};

const setUp = () => {
  const clock = createFakeClock(10 * HOUR_MS);
  const backup = connect();
  const bot = connect();
  const living = new Map<string, Channel>([
    ["backup", backup.runner],
    ["bot", bot.runner],
  ]);
  const permit = createSocketPermit(clock, (id) => living.get(id));
  for (const [id, channel] of living) permit.listen(id, channel);
  const told: (Expiry | null)[] = [];
  const asked: string[] = [];
  bot.child.on(session.socketAllowed, ({ until }) => told.push(until));
  backup.child.handle(session.confirmLease, () => {
    asked.push("confirm");
    return {};
  });
  backup.child.on(session.rivalMet, () => asked.push("rival met"));
  const status = async (socketUntil: Expiry | null, phase: "standby" | "restoring" | "active" = "active") => {
    const lease = { held: true, epoch: 1 };
    backup.child.emit(session.statusChanged, sessionStatus(phase, { socketUntil, lease }));
    await settle();
  };
  return { clock, permit, backup: backup.child, bot: bot.child, living, told, asked, status };
};

describe("the permit on its way through the runner", () => {
  test("is passed on to the bot whenever it changes, and to one that has just begun", async () => {
    const { clock, told, status, bot } = setUp();
    const first = expiryIn(clock, 1000);
    await status(first);
    await status(first);
    await status(null);
    expect(told).toEqual([first, null]);
    bot.emit(connection.executorStarted, {});
    await settle();
    expect(told).toEqual([first, null, null]);
  });

  test("is none before the backup worker has spoken, and stands while its successor has not", async () => {
    const { clock, permit, told, status } = setUp();
    expect(await permit.mayConnect()).toBe(false);
    const first = expiryIn(clock, 1000);
    await status(first);
    await status(LONG_OVER, "restoring");
    expect([told, await permit.mayConnect()]).toEqual([[first], true]);
    clock.advance(1000);
    expect(await permit.mayConnect()).toBe(false);
  });

  test("is taken away in the moment in which the lease is lost, whatever is told after that", async () => {
    const { clock, permit, told, backup, status } = setUp();
    const first = expiryIn(clock, 1000);
    await status(first);
    backup.emit(session.leaseLost, { reason: "taken", socketUntil: LONG_OVER });
    await status(first, "standby");
    expect([told, await permit.mayConnect()]).toEqual([[first, LONG_OVER], false]);
  });

  test("asks the backup worker before each connection, and does without one that is down", async () => {
    const { clock, permit, asked, living, status, backup } = setUp();
    await status(expiryIn(clock, 1000));
    await permit.mayConnect();
    expect(asked).toEqual(["confirm"]);
    living.delete("backup");
    expect(await permit.mayConnect()).toBe(true);
    living.set("backup", backup);
  });

  test("is over for a connection as soon as one clock says so", async () => {
    const { clock, permit, status } = setUp();
    await status(expiryIn(clock, 30_000));
    clock.setWall(-HOUR_MS);
    expect(await permit.mayConnect()).toBe(true);
    clock.setWall(2 * HOUR_MS);
    expect(await permit.mayConnect()).toBe(false);
  });

  test("tells the backup worker of a rival when WhatsApp has replaced the socket", async () => {
    const { asked, bot } = setUp();
    const closed = {
      generation: 1,
      reason: "",
      origin: "stream",
      paired: true,
      intentional: false,
      expiresAt: null,
    } as const;
    bot.emit(connection.socketClosed, { ...closed, code: 428 });
    bot.emit(connection.socketClosed, { ...closed, code: 440 });
    await settle();
    expect(asked).toEqual(["rival met"]);
  });
});
