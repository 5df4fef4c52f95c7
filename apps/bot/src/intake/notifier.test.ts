import type { Notification } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { sampleContext } from "../../test/support/sample-context.ts";
import { createNotifier } from "./notifier.ts";

const { message } = sampleContext(createFakeClock());

const setUp = (about = message) => {
  const taken: { readonly id: string; readonly notification: Notification }[] = [];
  const notify = createNotifier(about, "TEST", (id, notification) => {
    taken.push({ id, notification });
    const times = { createdAt: 0, changedAt: 0, nextAttemptAt: null, lastError: null };
    return Promise.resolve({ isNew: true, status: { id, state: "available", attempts: 0, ...times } });
  });
  return { notify, taken };
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

  test("has the id of its key, whoever hands it in, and an ordinary priority unless it says otherwise", async () => {
    const [one, other] = [setUp(), setUp({ ...message, id: "B" })];
    const { id } = await one.notify({ to: "491701234567", text: "hello", key: "k" });
    await other.notify({ to: "491701234567", text: "hello", key: "k", priority: 0 });
    expect(other.taken[0]?.id).toBe(id);
    expect([one.taken[0]?.notification.priority, other.taken[0]?.notification.priority]).toEqual([5, 0]);
  });
});
