import { notificationIdOf, outbox, session as sessionChannel } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { routeMessages } from "./route-messages.ts";
import { clock, ID, NOTE, setUpDesk, statusOf } from "./testing/notification-rig.ts";

describe("a notification", () => {
  test("has the id of its key, or a random one", () => {
    const { desk } = setUpDesk();
    expect(desk.idOf("k")).toBe(notificationIdOf("TEST", "k"));
    expect(desk.idOf(undefined)).not.toBe(desk.idOf(undefined));
  });

  test("goes to the bot that has the session, once", async () => {
    const { desk, has } = setUpDesk();
    expect(await desk.notify(ID, NOTE)).toEqual({ isNew: true, status: statusOf(ID) });
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: false });
    expect(has).toEqual({ bot: [ID], database: [] });
  });

  test.each(["standby", "no bot", "draining", "no session yet"])("is left in the database: %s", async (why) => {
    const { desk, has, living, session, life, news } = setUpDesk();
    if (why === "standby") session("standby");
    if (why === "no bot") living.delete("bot");
    if (why === "draining") life.draining = true;
    if (why === "no session yet") news.session = null;
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: false });
    expect(has).toEqual({ bot: [], database: [ID] });
  });

  test("is left in the database when the bot dies or fails with it in its hands", async () => {
    const failing = setUpDesk();
    failing.troubles.bot = "ipc.unknownRequest";
    expect(await failing.desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    const dying = setUpDesk();
    dying.bot.theirs.handle(outbox.enqueue, () => {
      dying.bot.ours.close();
      return new Promise(() => undefined);
    });
    expect(await dying.desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    expect([failing.has.database, dying.has.database]).toEqual([[ID], [ID]]);
  });

  test("that a bot does not take in time is left in the database", async () => {
    const { desk, has, bot } = setUpDesk();
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
    const { desk, has, troubles } = setUpDesk();
    troubles.bot = code;
    await expect(desk.notify(ID, NOTE)).rejects.toMatchObject({ code, hint: "Ask nicely." });
    expect(has).toEqual({ bot: [], database: [] });
  });

  test("is refused in words where nobody can take it, and taken by a bot without a database", async () => {
    const nobody = setUpDesk();
    nobody.troubles.database = "database.refused";
    nobody.living.delete("bot");
    await expect(nobody.desk.notify(ID, NOTE)).rejects.toMatchObject({
      code: "outbox.notTaken",
      hint: expect.stringContaining("same key"),
    });
    nobody.living.clear();
    await expect(nobody.desk.notify(ID, NOTE)).rejects.toMatchObject({ code: "outbox.notTaken" });

    for (const isNoticed of [true, false]) {
      const alone = setUpDesk();
      alone.session("active", !isNoticed);
      alone.troubles.database = "database.refused";
      expect(await alone.desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
      expect(alone.has.bot).toEqual([ID]);
    }
  });
});

describe("with INBOX_DURABILITY=replicated", () => {
  test("what the bot has taken is called durable when it is in PostgreSQL", async () => {
    const { desk, has, backup } = setUpDesk(true);
    let flush = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      backup.theirs.handle(sessionChannel.flush, () => {
        resolve();
        return new Promise((done) => (flush = () => done({ position: 1 })));
      });
    });
    let isTaken = false;
    const taken = desk.notify(ID, NOTE).then(() => (isTaken = true));
    await asked;
    expect([has.bot, isTaken]).toEqual([[ID], false]);
    flush();
    await taken;
  });

  test("this disk has to do while PostgreSQL is away, and nothing is waited for", async () => {
    const { desk, has, session } = setUpDesk(true);
    session("active", false);
    expect(await desk.notify(ID, NOTE)).toMatchObject({ isNew: true });
    expect(has).toEqual({ bot: [ID], database: [] });
  });

  test("one that is too slow is not waited for by all", async () => {
    const { desk, backup } = setUpDesk(true);
    let asked = 0;
    backup.theirs.handle(sessionChannel.flush, () => {
      asked += 1;
      throw new Error("not in time");
    });
    for (let count = 0; count < 3; count += 1) await desk.notify(ID, NOTE);
    expect(asked).toBe(1);
    clock.advance(30_000);
    await desk.notify(ID, NOTE);
    expect(asked).toBe(2);
  });
});

describe("where a notification is", () => {
  test("the bot knows, and what it does not have yet the database", async () => {
    const { desk, has } = setUpDesk();
    expect(await desk.read(ID)).toBeNull();
    has.database.push(ID);
    expect(await desk.read(ID)).toEqual(statusOf(ID));
    has.bot.push(has.database.pop() ?? "");
    expect(await desk.read(ID)).toEqual(statusOf(ID));
  });

  test("is found also when the bot takes it over in between", async () => {
    const { desk, has, backup } = setUpDesk();
    backup.theirs.handle(outbox.readLeft, () => {
      has.bot.push(ID);
      return { status: null };
    });
    expect(await desk.read(ID)).toEqual(statusOf(ID));
  });

  test("is not denied while somebody who may know cannot be asked", async () => {
    for (const blind of ["bot", "database"] as const) {
      const { desk, troubles } = setUpDesk();
      troubles[blind] = "ipc.closed";
      await expect(desk.read(ID)).rejects.toMatchObject({ code: "outbox.outOfSight" });
    }
    const standby = setUpDesk();
    standby.session("standby");
    await expect(standby.desk.read(ID)).rejects.toMatchObject({ code: "outbox.outOfSight" });
    standby.has.database.push(ID);
    expect(await standby.desk.read(ID)).toEqual(statusOf(ID));
  });
});

test("what was left reaches the bot through the runner, and its refusal comes back", async () => {
  const { has, troubles, find, backup, living } = setUpDesk();
  routeMessages("backup", backup.ours, find, () => Promise.resolve(true));
  const handOver = () => backup.theirs.request(outbox.enqueue, { id: ID, notification: NOTE }, { deadlineMs: 1000 });
  expect(await handOver()).toMatchObject({ isNew: true });
  expect(has.bot).toEqual([ID]);
  troubles.bot = "outbox.recipient";
  await expect(handOver()).rejects.toMatchObject({ code: "outbox.recipient", hint: "Ask nicely." });
  living.delete("bot");
  await expect(handOver()).rejects.toMatchObject({ code: "ipc.noReceiver" });
});
