import { outbox } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { ID, NOTE, setUpDesk } from "./testing/notification-rig.ts";

describe("the order of what was accepted", () => {
  const ids = ["1", "2", "3"].map((digit) => `ntf_${digit.repeat(24)}`);
  const [first = "", second = "", third = ""] = ids;

  test("stays when the bot was away for the first", async () => {
    const { desk, has, living, bot } = setUpDesk();
    living.delete("bot");
    await desk.notify(first, NOTE);
    living.set("bot", bot.ours);
    await desk.notify(second, NOTE);
    await desk.notify(third, NOTE);
    expect(has).toEqual({ bot: ids, database: [] });
  });

  test("stays when what was left cannot be handed over yet: then the next ones wait behind it", async () => {
    const { desk, has, living, bot, troubles } = setUpDesk();
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

  test("stays when the database goes with what was left: that chat has to wait for it, others have not", async () => {
    const { desk, has, living, bot, session, troubles } = setUpDesk();
    living.delete("bot");
    await desk.notify(first, NOTE);
    living.set("bot", bot.ours);
    session("active", false);
    troubles.database = "database.refused";
    troubles.handOver = "outbox.notHandedOver";
    await expect(desk.notify(second, NOTE)).rejects.toMatchObject({ code: "outbox.notTaken" });
    await desk.notify(ID, { ...NOTE, to: "4900000009" });
    expect(has).toEqual({ bot: [ID], database: [first] });
    session("active", true);
    delete troubles.database;
    delete troubles.handOver;
    await desk.notify(second, NOTE);
    expect(has).toEqual({ bot: [ID, first, second], database: [] });
  });

  test("waits for nothing that nobody has accepted", async () => {
    const { desk, has, troubles } = setUpDesk();
    troubles.database = "database.lost";
    troubles.handOver = "outbox.notHandedOver";
    for (const id of ids) await desk.notify(id, NOTE);
    expect(has).toEqual({ bot: ids, database: [] });
  });

  test("begins, under each lease, with what others have left", async () => {
    const { desk, has, session } = setUpDesk();
    has.database.push(first);
    await desk.notify(second, NOTE);
    session("standby");
    session("active", true, 2);
    has.database.push(third);
    await desk.notify(ID, NOTE);
    expect(has.bot).toEqual([...ids, ID]);
  });

  test("asks the database once, not for each", async () => {
    const { desk, backup } = setUpDesk();
    let asked = 0;
    backup.theirs.handle(outbox.handOver, () => {
      asked += 1;
      return {};
    });
    for (const id of ids) await desk.notify(id, NOTE);
    expect(asked).toBe(1);
  });
});
