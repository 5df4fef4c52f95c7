import type { Channel } from "@blacksky/ipc";
import type { Notice } from "@blacksky/protocol";
import { expect, test } from "@jest/globals";
import { noticeOfEnd, noticeOfRestart, noticeOfTrouble } from "./notice-of.ts";
import { createNoticeTeller } from "./notice-teller.ts";

const notice = (index: number): Notice => ({ kind: "memory", importance: "all", text: String(index) });

test("what happens while there is no bot is told when there is one, the newest of it", () => {
  const told: string[] = [];
  const channel = { emit: (_definition: unknown, { text }: Notice) => void told.push(text) } as unknown as Channel;
  const teller = createNoticeTeller();
  for (let index = 1; index <= 25; index += 1) teller.tell(notice(index));
  teller.botIsUp(channel);
  expect(told).toEqual(Array.from({ length: 20 }, (_each, index) => String(index + 6)));
  teller.tell(notice(26));
  teller.botIsGone();
  teller.tell(notice(27));
  expect(told.at(-1)).toBe("26");
  teller.botIsUp(channel);
  expect(told.at(-1)).toBe("27");
  expect(told).toHaveLength(22);
});

test("troubles with WhatsApp itself are told as the outage that they are", () => {
  expect(noticeOfTrouble("retries-exhausted", "x")).toBeUndefined();
  expect(noticeOfTrouble("database-down", "PostgreSQL is away.")).toMatchObject({ importance: "important" });
  expect(noticeOfEnd("logged-out", 1, "x")).toBeUndefined();
  expect(noticeOfEnd("database-down", 61_000, "PostgreSQL answers again.")?.text).toBe(
    "PostgreSQL answers again. It took 1 min 1 s.",
  );
  expect(noticeOfRestart("keeper").text).toContain("keeper");
});
