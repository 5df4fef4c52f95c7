import { BlackskyError } from "@blacksky/errors";
import { createFakeClock } from "@blacksky/machine";
import type { NotificationStatus } from "@blacksky/protocol";
import { describe, expect, jest, test } from "@jest/globals";
import { sampleContext } from "../../test/support/sample-context.ts";
import type { CommandContext } from "./command.ts";
import { queue } from "./queue.ts";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const status = (id: string, more: Partial<NotificationStatus>): NotificationStatus => ({
  id,
  state: "retryable",
  attempts: 3,
  createdAt: NOW - 10 * MINUTE,
  changedAt: NOW - 5 * MINUTE,
  nextAttemptAt: null,
  lastError: null,
  ...more,
});

const retrying = status("ntf_aaaaaaaa0000000000000000", {
  nextAttemptAt: NOW + 4 * MINUTE,
  lastError: "WhatsApp did not acknowledge it in time.",
});
const dead = status("ntf_bbbbbbbb0000000000000000", {
  state: "discarded",
  attempts: 1,
  lastError: "WhatsApp refused it with 404.",
});

const stuck: CommandContext["outbox"] = {
  counts: { pending: 3, retrying: 1, dead: 8, delivered: 0 },
  desk: {
    show: () => ({ oldestAt: NOW - 10 * MINUTE, heldMs: 3 * 60 * MINUTE, retrying: [retrying], dead: [dead] }),
    retry: () => 1,
    cancel: () => 2,
  },
};

const answerTo = async (
  words: string,
  outbox = stuck,
  more: Partial<CommandContext["message"]> = {},
): Promise<string> => {
  const replies: string[] = [];
  const context = sampleContext(createFakeClock(NOW), {
    args: words === "" ? [] : words.split(" "),
    outbox,
    reply: (text) => {
      replies.push(text);
      return Promise.resolve({ status: "accepted" });
    },
  });
  await queue.run({ ...context, message: { ...context.message, ...more } });
  return replies.join("\n---\n");
};

describe("the queue command", () => {
  test("is the owner's", () => {
    expect(queue.ownerOnly).toBe(true);
  });

  test("tells what is stuck and why, and how to go on", async () => {
    expect((await answerTo("")).split("\n")).toEqual([
      "Of what I send by myself, 3 wait, 1 are to be tried again, 8 were given up.",
      "The oldest waits for 10 min.",
      "WhatsApp restricts the account: I write to nobody who never wrote to me for another 3 h.",
      "To be tried again:",
      "   *aaaaaaaa* in 4 min, 3 attempts: WhatsApp did not acknowledge it in time.",
      "Given up:",
      "   *bbbbbbbb* 5 min ago, 1 attempt: WhatsApp refused it with 404.",
      "   … and 7 more",
      ".queue retry <id or all> tries again, .queue cancel <id or all> gives up for good.",
    ]);
  });

  test("is short where nothing is stuck", async () => {
    const empty = sampleContext(createFakeClock(NOW)).outbox;
    expect(await answerTo("", empty)).toBe(
      "Of what I send by myself, 0 wait, 0 are to be tried again, 0 were given up.",
    );
  });

  test("has one or all tried again or given up, and tells how many", async () => {
    const [retry, cancel] = [jest.fn(() => 1), jest.fn(() => 2)];
    const outbox = { ...stuck, desk: { ...stuck.desk, retry, cancel } };
    expect(await answerTo("retry AAAA", outbox)).toContain("again now: 1");
    expect(await answerTo("cancel all", outbox)).toContain("for good: 2");
    expect([retry.mock.calls, cancel.mock.calls]).toEqual([[["aaaa"]], [["all"]]]);
  });

  test("answers what it does not understand, or cannot find", async () => {
    for (const words of ["help", "retry", "retry a b"]) expect(await answerTo(words)).toMatch(/^Say \.queue/);
    const retry = (): never => {
      throw new BlackskyError("outbox.unknown", "Nothing begins with zz.", { hint: "Send .queue." });
    };
    expect(await answerTo("retry zz", { ...stuck, desk: { ...stuck.desk, retry } })).toBe(
      "Nothing begins with zz. Send .queue.",
    );
  });

  test("does nothing late: what is waiting now is not what was meant then", async () => {
    const cancel = jest.fn(() => 2);
    const outbox = { ...stuck, desk: { ...stuck.desk, cancel } };
    expect(await answerTo("cancel all", outbox, { backlog: true })).toContain("while I was away");
    expect(cancel).not.toHaveBeenCalled();
  });
});
