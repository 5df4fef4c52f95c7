import { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { notificationIdOf, outbox, type Notification, type NotificationStatus } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { createNews, type News } from "../health/news.ts";
import { createNotificationDesk } from "./notification-desk.ts";
import { routeMessages } from "./route-messages.ts";

const clock = createFakeClock();
const ID = "ntf_0123456789abcdef01234567";
const NOTE: Notification = { to: "owner", text: "x", priority: 5 };

const statusOf = (id: string): NotificationStatus => ({
  id,
  state: "available",
  attempts: 0,
  createdAt: 1,
  changedAt: 1,
  nextAttemptAt: null,
  lastError: null,
});

const connect = (): { ours: Channel; theirs: Channel } => {
  const ports = linkPorts();
  const onViolation = (error: Error): never => {
    throw error;
  };
  return {
    theirs: createChannel({ port: ports.child, clock, onViolation }),
    ours: createChannel({ port: ports.parent, clock, onViolation }),
  };
};

/** A bot and a database, each of which takes an id once; what fails does so with `troubles`' code. */
const setUp = () => {
  const has = { bot: [] as string[], database: [] as string[] };
  const troubles: { bot?: string; database?: string; handOver?: string } = {};
  const failIf = (code: string | undefined): void => {
    if (code !== undefined) throw new BlackskyError(code, "It said no.", { hint: "Ask nicely." });
  };
  const takeInto = (place: string[], id: string): { isNew: boolean; status: NotificationStatus } => {
    const isNew = !place.includes(id);
    if (isNew) place.push(id);
    return { isNew, status: statusOf(id) };
  };
  const readFrom = (place: string[], id: string): { status: NotificationStatus | null } => ({
    status: place.includes(id) ? statusOf(id) : null,
  });
  const bot = connect();
  const backup = connect();
  bot.theirs.handle(outbox.enqueue, ({ id }) => {
    failIf(troubles.bot);
    return takeInto(has.bot, id);
  });
  bot.theirs.handle(outbox.read, ({ id }) => {
    failIf(troubles.bot);
    return readFrom(has.bot, id);
  });
  backup.theirs.handle(outbox.leave, ({ id }) => {
    failIf(troubles.database);
    return takeInto(has.database, id);
  });
  backup.theirs.handle(outbox.readLeft, ({ id }) => {
    failIf(troubles.database);
    return readFrom(has.database, id);
  });
  backup.theirs.handle(outbox.handOver, () => {
    failIf(troubles.database);
    failIf(troubles.handOver);
    for (const id of has.database.splice(0)) takeInto(has.bot, id);
    return {};
  });
  const living = new Map([
    ["bot", bot.ours],
    ["backup", backup.ours],
  ]);
  const news: Pick<News, "session"> = createNews();
  const session = (phase: "standby" | "active", databaseConnected = true, epoch = 1): void => {
    news.session = {
      phase,
      databaseConnected,
      position: 1,
      replicatedPosition: 1,
      lagMs: 0,
      lastSnapshotAt: null,
      socketUntil: null,
      lease: { held: phase === "active", epoch },
      restoredFrom: null,
      restoredAgeMs: null,
      previousKey: null,
    };
  };
  session("active");
  const life = { draining: false };
  const find = (id: string): Channel | undefined => living.get(id);
  const desk = createNotificationDesk({ sessionId: "TEST", find, news, isDraining: () => life.draining });
  return { desk, has, troubles, living, news, session, life, bot, backup, find };
};

describe("a notification", () => {
  test("has the id of its key, or a random one", () => {
    const { desk } = setUp();
    expect(desk.idOf("k")).toBe(notificationIdOf("TEST", "k"));
    expect(desk.idOf(undefined)).not.toBe(desk.idOf(undefined));
  });

  test("goes to the bot that has the session, once", async () => {
    const { desk, has } = setUp();
    expect(await desk.notify(ID, NOTE)).toEqual({ isNew: true, status: statusOf(ID) });
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: false });
    expect(has).toEqual({ bot: [ID], database: [] });
  });

  test.each(["standby", "no bot", "draining", "no session yet"])("is left in the database: %s", async (why) => {
    const { desk, has, living, session, life, news } = setUp();
    if (why === "standby") session("standby");
    if (why === "no bot") living.delete("bot");
    if (why === "draining") life.draining = true;
    if (why === "no session yet") news.session = null;
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: false });
    expect(has).toEqual({ bot: [], database: [ID] });
  });

  test("is left in the database when the bot dies or fails with it in its hands", async () => {
    const failing = setUp();
    failing.troubles.bot = "ipc.unknownRequest";
    expect(await failing.desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    const dying = setUp();
    dying.bot.theirs.handle(outbox.enqueue, () => {
      dying.bot.ours.close();
      return new Promise(() => undefined);
    });
    expect(await dying.desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    expect([failing.has.database, dying.has.database]).toEqual([[ID], [ID]]);
  });

  test("that a bot does not take in time is left in the database", async () => {
    const { desk, has, bot } = setUp();
    const asked = new Promise<void>((resolve) => {
      bot.theirs.handle(outbox.enqueue, () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    const taken = desk.notify(ID, NOTE);
    await asked;
    clock.advance(4_000);
    expect(await taken).toMatchObject({ isNew: true });
    expect(has.database).toEqual([ID]);
  });

  test.each(["outbox.recipient", "outbox.full"])("that the bot refuses (%s) goes nowhere else", async (code) => {
    const { desk, has, troubles } = setUp();
    troubles.bot = code;
    await expect(desk.notify(ID, NOTE)).rejects.toMatchObject({ code, hint: "Ask nicely." });
    expect(has).toEqual({ bot: [], database: [] });
  });

  test("is refused in words where nobody can take it, and taken by a bot without a database", async () => {
    const nobody = setUp();
    nobody.troubles.database = "database.refused";
    nobody.living.delete("bot");
    await expect(nobody.desk.notify(ID, NOTE)).rejects.toMatchObject({
      code: "outbox.notTaken",
      hint: expect.stringContaining("same key"),
    });
    nobody.living.clear();
    await expect(nobody.desk.notify(ID, NOTE)).rejects.toMatchObject({ code: "outbox.notTaken" });

    for (const isNoticed of [true, false]) {
      const alone = setUp();
      alone.session("active", !isNoticed);
      alone.troubles.database = "database.refused";
      expect(await alone.desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
      expect(alone.has.bot).toEqual([ID]);
    }
  });
});

describe("the order of what was accepted", () => {
  const ids = ["1", "2", "3"].map((digit) => `ntf_${digit.repeat(24)}`);
  const [first = "", second = "", third = ""] = ids;

  test("stays when the bot was away for the first", async () => {
    const { desk, has, living, bot } = setUp();
    living.delete("bot");
    await desk.notify(first, NOTE);
    living.set("bot", bot.ours);
    await desk.notify(second, NOTE);
    await desk.notify(third, NOTE);
    expect(has).toEqual({ bot: ids, database: [] });
  });

  test("stays when what was left cannot be handed over yet: then the next ones wait behind it", async () => {
    const { desk, has, living, bot, troubles } = setUp();
    living.delete("bot");
    await desk.notify(first, NOTE);
    living.set("bot", bot.ours);
    troubles.handOver = "outbox.notHandedOver";
    await desk.notify(second, NOTE);
    expect(has).toEqual({ bot: [], database: [first, second] });
    delete troubles.handOver;
    await desk.notify(third, NOTE);
    expect(has).toEqual({ bot: ids, database: [] });
  });

  test("begins, under each lease, with what others have left", async () => {
    const { desk, has, session } = setUp();
    has.database.push(first);
    await desk.notify(second, NOTE);
    session("standby");
    session("active", true, 2);
    has.database.push(third);
    await desk.notify(ID, NOTE);
    expect(has.bot).toEqual([...ids, ID]);
  });

  test("asks the database once, not for each", async () => {
    const { desk, backup } = setUp();
    let asked = 0;
    backup.theirs.handle(outbox.handOver, () => {
      asked += 1;
      return {};
    });
    for (const id of ids) await desk.notify(id, NOTE);
    expect(asked).toBe(1);
  });
});

describe("where a notification is", () => {
  test("the bot knows, and what it does not have yet the database", async () => {
    const { desk, has } = setUp();
    expect(await desk.read(ID)).toBeNull();
    has.database.push(ID);
    expect(await desk.read(ID)).toEqual(statusOf(ID));
    has.bot.push(has.database.pop() ?? "");
    expect(await desk.read(ID)).toEqual(statusOf(ID));
  });

  test("is found also when the bot takes it over in between", async () => {
    const { desk, has, backup } = setUp();
    backup.theirs.handle(outbox.readLeft, () => {
      has.bot.push(ID);
      return { status: null };
    });
    expect(await desk.read(ID)).toEqual(statusOf(ID));
  });

  test("is not denied while somebody who may know cannot be asked", async () => {
    for (const blind of ["bot", "database"] as const) {
      const { desk, troubles } = setUp();
      troubles[blind] = "ipc.closed";
      await expect(desk.read(ID)).rejects.toMatchObject({ code: "outbox.outOfSight" });
    }
    const standby = setUp();
    standby.session("standby");
    await expect(standby.desk.read(ID)).rejects.toMatchObject({ code: "outbox.outOfSight" });
    standby.has.database.push(ID);
    expect(await standby.desk.read(ID)).toEqual(statusOf(ID));
  });
});

test("what was left reaches the bot through the runner, and its refusal comes back", async () => {
  const { has, troubles, find, backup, living } = setUp();
  routeMessages("backup", backup.ours, find, () => Promise.resolve(true));
  const handOver = () => backup.theirs.request(outbox.enqueue, { id: ID, notification: NOTE }, { deadlineMs: 1000 });
  expect(await handOver()).toMatchObject({ isNew: true });
  expect(has.bot).toEqual([ID]);
  troubles.bot = "outbox.recipient";
  await expect(handOver()).rejects.toMatchObject({ code: "outbox.recipient", hint: "Ask nicely." });
  living.delete("bot");
  await expect(handOver()).rejects.toMatchObject({ code: "ipc.noReceiver" });
});
