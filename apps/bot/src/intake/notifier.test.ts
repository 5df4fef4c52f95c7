import type { Handed } from "@blacksky/outbox";
import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { sampleContext } from "../../test/support/sample-context.ts";
import { createNotifier } from "./notifier.ts";

const { message } = sampleContext(createFakeClock());

const setUp = (about = message) => {
  const taken: Handed[] = [];
  const notifier = createNotifier(about, "TEST", (handed) => {
    taken.push(...handed);
    const times = { createdAt: 0, changedAt: 0, nextAttemptAt: null, lastError: null };
    return Promise.resolve(
      handed.map(({ id }) => ({ isNew: true, status: { id, state: "available", attempts: 0, ...times } })),
    );
  });
  return { ...notifier, taken };
};

describe("what a command wants to have sent", () => {
  test("has the same ids when the command is run once more, and others for each step and each message", async () => {
    const [first, again, other] = [setUp(), setUp(), setUp({ ...message, id: "B" })];
    for (const { notify } of [first, again, other]) {
      await notify({ to: "owner", text: "one" });
      await notify({ to: "owner", text: "two" });
    }
    expect(again.taken).toEqual(first.taken);
    expect(new Set([...first.taken, ...other.taken].map(({ id }) => id)).size).toBe(4);
    expect(first.taken[0]?.id).toMatch(/^ntf_[0-9a-f]{24}$/);
  });

  test("is the same whether it comes together or one by one", async () => {
    const [together, apart] = [setUp(), setUp()];
    const wishes = ["one", "two"].map((text) => ({ to: "owner", text }));
    const notified = await together.notifyAll(wishes);
    for (const wish of wishes) await apart.notify(wish);
    expect(together.taken).toEqual(apart.taken);
    expect(notified.map(({ id }) => id)).toEqual(apart.taken.map(({ id }) => id));
  });

  test("has the id of its key, whoever hands it in, and an ordinary priority unless it says otherwise", async () => {
    const [one, other] = [setUp(), setUp({ ...message, id: "B" })];
    const { id } = await one.notify({ to: "491701234567", text: "hello", key: "k" });
    await other.notify({ to: "491701234567", text: "hello", key: "k", priority: 0 });
    expect(other.taken[0]?.id).toBe(id);
    expect([one.taken[0]?.notification.priority, other.taken[0]?.notification.priority]).toEqual([5, 0]);
  });
});
