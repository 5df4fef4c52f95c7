import { describe, expect, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import { createFakeClock } from "@blacksky/machine";
import type { SnapshotList } from "@blacksky/protocol";
import { noOrders, sampleContext } from "../../../test/support/sample-context.ts";
import type { SessionOrders } from "../../session-orders.ts";
import type { IncomingMessage } from "../../socket/incoming-message.ts";
import { createConfirmations } from "../confirmation.ts";
import { builtInCommands } from "../index.ts";
import { createCommandRegistry } from "../registry.ts";

const NOW = Date.parse("2026-01-02T12:00:00Z");
const OLD = "2026-01-02T09-00-00-000Z-aaaa1111";
const NEW = "2026-01-02T11-00-00-000Z-aabb2222";
const registry = createCommandRegistry(builtInCommands);

const listed = (id: string, hoursAgo: number, position: number): SnapshotList["snapshots"][number] => ({
  readable: true,
  id,
  createdAt: NOW - hoursAgo * 3_600_000,
  reason: "scheduled",
  position,
  epoch: 1,
  recordCount: 1200,
  bytes: 250_400,
  places: ["database", "disk"],
});

const LIST: SnapshotList = {
  snapshots: [listed(NEW, 1, 118), listed(OLD, 3, 90), { readable: false, id: "torn", places: ["disk"] }],
  unread: [],
};

const OWNER = { lid: "7@lid" };

const setUp = (more: Partial<SessionOrders> = {}) => {
  const clock = createFakeClock(NOW);
  /** What was done and said, in order. */
  const story: string[] = [];
  let codes = 1000;
  const confirmations = createConfirmations(clock, () => String((codes += 1)));
  const done = (what: string): Promise<void> => {
    story.push(`[${what}]`);
    return Promise.resolve();
  };
  const session: SessionOrders = {
    ...noOrders,
    position: 130,
    async takeSnapshot(reason) {
      await done(`snapshot ${reason}`);
      return { id: NEW, recordCount: 1200, bytes: 250_400, places: ["disk"] };
    },
    listSnapshots: () => Promise.resolve(LIST),
    restore: (id) => done(`restore ${id}`),
    logOut: () => done("log out"),
    clear: () => done("clear"),
    ...more,
  };
  const say = async (text: string, message: Partial<IncomingMessage> = {}): Promise<string[]> => {
    const [name = "", ...args] = text.split(" ");
    const before = story.length;
    const context = sampleContext(clock, { args, isOwner: true, session, confirmations });
    await registry.find(name)?.run({
      ...context,
      message: { ...context.message, sender: OWNER, ...message },
      reply: (answer) => {
        story.push(answer);
        return Promise.resolve({ status: "accepted" });
      },
    });
    return story.slice(before);
  };
  /** Says it, and sends back the line that the answer asks for. */
  const confirm = async (text: string): Promise<string[]> => {
    const [question = ""] = await say(text);
    return say(question.split("\n").at(-1)?.slice(1) ?? "");
  };
  return { clock, say, confirm };
};

const DESTRUCTIVE = ["restore aaaa", "logout", "clearsession"];
const ALL = ["backup", "sessions", ...DESTRUCTIVE];

describe("the commands of the session", () => {
  test("are the owner's alone", () => {
    for (const text of ALL) expect(registry.find(text.split(" ")[0] ?? "")?.ownerOnly).toBe(true);
  });

  test("backup answers with id, records, size and places", async () => {
    const { say } = setUp();
    expect(await say("backup")).toEqual([
      "[snapshot asked for in the chat]",
      expect.stringMatching(/\*aabb2222\* is taken: 1200 records, 250 KB, kept on this disk\.\n2026-01-02T11-/),
    ]);
  });

  test("sessions lists the newest with age, reason, size and places, and how far the session is", async () => {
    const { say } = setUp();
    const [text = ""] = await say("sessions");
    expect(text).toContain("The session is at position 130.");
    expect(text).toContain("*aabb2222* 1 h ago: scheduled\n   position 118, 250 KB, in the database and on this disk");
    expect(text.indexOf("aabb2222")).toBeLessThan(text.indexOf("aaaa1111"));
    expect(text).toContain("1 snapshots are damaged.");
  });

  test("sessions shows ten, and says what it does not show", async () => {
    const snapshots = Array.from({ length: 12 }, (_, at) => listed(`x-${String(at)}`, at, 100 - at));
    const { say } = setUp({ listSnapshots: () => Promise.resolve({ snapshots, unread: ["database"] }) });
    const [text = ""] = await say("sessions");
    expect(text.match(/position \d+, /g)).toHaveLength(10);
    expect(text).toContain("2 older ones are not shown.");
    expect(text).toContain("What is in the database cannot be read now.");
  });

  test("restore says what is lost, and does it when that is confirmed", async () => {
    const { say, confirm } = setUp();
    const [question] = await say("restore aaaa");
    expect(question).toContain("snapshot *aaaa1111*, taken 3 h ago (scheduled)?");
    expect(question).toContain("at position 90 and the session at 130: 40 changes are lost.");
    expect(question).toMatch(/within 2 minutes:\n\.restore aaaa1111 confirm \d{4}$/);
    expect(await confirm("restore aaaa")).toEqual([`[restore ${OLD}]`, expect.stringContaining("in a few seconds")]);
  });

  test.each([
    ["restore", /Say which one/],
    ["restore a b", /Say which one/],
    ["restore ffff", /There is no snapshot ffff/],
    ["restore aa", /Several snapshots begin with aa: aabb2222, aaaa1111/],
    ["restore 2026-01-02T0", /snapshot \*aaaa1111\*/],
    [`restore ${NEW}`, /snapshot \*aabb2222\*/],
    ["restore torn", /is damaged/],
  ])("%s is understood, or refused in words", async (text, words) => {
    expect(await setUp().say(text)).toEqual([expect.stringMatching(words)]);
  });

  test("logout takes a snapshot, answers, and only then logs out", async () => {
    expect(await setUp().confirm("logout")).toEqual([
      "[snapshot before logout]",
      expect.stringContaining("Snapshot *aabb2222* is taken."),
      "[log out]",
    ]);
  });

  test("clearsession takes a snapshot, says how to get it back, and only then clears", async () => {
    const { say, confirm } = setUp();
    expect((await say("clearsession"))[0]).toContain("may not let you pair again");
    expect(await confirm("clearsession")).toEqual([
      "[snapshot before clearing]",
      expect.stringContaining(NEW),
      "[clear]",
    ]);
  });

  test("nothing is left without a snapshot", async () => {
    const takeSnapshot = () =>
      Promise.reject(new BlackskyError("backup.snapshotFile", "It cannot be written.", { hint: "Make room." }));
    for (const text of ["logout", "clearsession"]) {
      expect(await setUp({ takeSnapshot }).confirm(text)).toEqual(["It cannot be written. Make room."]);
    }
  });

  test("a bot that is not linked takes no snapshot for a logout", async () => {
    const checkLogOut = (): never => {
      throw new BlackskyError("session.notPaired", "No phone is linked.");
    };
    expect(await setUp({ checkLogOut }).confirm("logout")).toEqual(["No phone is linked."]);
  });

  test.each(DESTRUCTIVE)("%s is done for no wrong, old or used code", async (text) => {
    const { clock, say, confirm } = setUp();
    expect(await say(`${text} confirm 1001`)).toEqual([expect.stringContaining("did not ask you")]);
    await say(text);
    expect(await say(`${text} confirm`)).toEqual([expect.stringContaining("not the code")]);
    const [question = ""] = await say(text);
    const line = question.split("\n").at(-1)?.slice(1) ?? "";
    expect(await say(line, { sender: { lid: "8@lid" } })).toEqual([expect.stringContaining("did not ask you")]);
    clock.advance(2 * 60_000);
    expect(await say(line, { sentAt: clock.now() })).toEqual([expect.stringContaining("too old")]);
    await confirm(text);
    expect(await say(line, { sentAt: clock.now() })).toEqual([expect.stringContaining("used already")]);
  });

  test.each(ALL)("%s is not done for an order from before the start, or from the backlog", async (text) => {
    const { say } = setUp();
    const refusal = [expect.stringContaining("while I was away")];
    expect(await say(text, { sentAt: NOW - 5000 })).toEqual(refusal);
    expect(await say(text, { backlog: true })).toEqual(refusal);
  });
});
