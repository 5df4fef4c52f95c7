import type { Ledger, LedgerEntry, Person } from "@blacksky/simulator";
import { describe, expect, test } from "@jest/globals";
import { judgeAnswers, type Question } from "./tally.ts";

const BOT = "1@s.whatsapp.net";
const GROUP = "9@g.us";

// Of a person only his addresses count here.
const person = (phone: string): Person => ({ phone, jid: `${phone}@s.whatsapp.net` }) as unknown as Person;
const [ada, ben] = [person("2"), person("3")];

const entry = (more: Partial<LedgerEntry>): LedgerEntry => ({
  id: "",
  direction: "to-client",
  from: ada.jid,
  device: 0,
  chat: BOT,
  text: ".ping",
  acceptedAt: 0,
  sent: 1,
  delivered: 1,
  receipts: {},
  nacks: {},
  acknowledged: true,
  retried: 0,
  seenBy: {},
  ...more,
});

const answer = (id: string, quotedId: string, readers: Readonly<Record<string, number>>): LedgerEntry =>
  entry({
    id,
    quotedId,
    direction: "from-client",
    from: BOT,
    seenBy: Object.fromEntries(
      Object.entries(readers).map(([reader, deduplicated]) => [reader, { raw: deduplicated + 3, deduplicated }]),
    ),
  });

const privately = (id: string, fault = "kill"): Question => ({
  id,
  by: ada,
  place: { to: "1", speakers: [ada] },
  fault,
});
const inGroup = (id: string): Question => ({ id, by: ada, place: { to: GROUP, speakers: [ada, ben] }, fault: "kill" });

const judge = (messages: LedgerEntry[], questions: Question[]) =>
  judgeAnswers({ messages } as unknown as Ledger, questions);

describe("judgeAnswers", () => {
  test("is content with one answer that everybody sees, however often it arrived", () => {
    const messages = [
      entry({ id: "A" }),
      answer("a", "A", { 2: 1 }),
      entry({ id: "G", chat: GROUP }),
      answer("g", "G", { 2: 1, 3: 1 }),
    ];
    expect(judge(messages, [privately("A"), inGroup("G")]).sum).toEqual({ asked: 2, lost: 0, unanswered: 0, twice: 0 });
  });

  test("tells what the bot has taken and not answered from what it never took", () => {
    const messages = [
      entry({ id: "A" }),
      entry({ id: "B", acknowledged: false, nacks: { 487: 1 } }),
      entry({ id: "C", acknowledged: false }),
    ];
    const { sum, byFault } = judge(messages, [privately("A"), privately("B", "drop"), privately("C", "drop")]);
    expect(sum).toEqual({ asked: 3, lost: 2, unanswered: 1, twice: 0 });
    expect(byFault.get("drop")).toEqual({ asked: 2, lost: 1, unanswered: 1, twice: 0 });
  });

  test("finds a member of a group who misses the answer, and one who sees two", () => {
    const messages = [entry({ id: "G", chat: GROUP }), answer("g", "G", { 2: 1 }), answer("h", "G", { 2: 1 })];
    const { sum, failing } = judge(messages, [inGroup("G")]);
    expect(sum).toEqual({ asked: 1, lost: 1, unanswered: 0, twice: 1 });
    expect(failing.map(({ what }) => what)).toEqual(["lost", "twice"]);
  });
});
