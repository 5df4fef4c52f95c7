import { describe, expect, test } from "@jest/globals";
import { ACTIVE_COUNT, ACTIVE_GROUP_COUNT, planRepair, QUIET_COUNT, QUIET_GROUP_COUNT } from "./plan-repair.ts";
import type { SessionTrace } from "./traces.ts";

const MINUTE = 60_000;
const LAST = 1_000_000 * MINUTE;
const STARTED = LAST + MINUTE;

const session = (address: string, more: Partial<SessionTrace> = {}): SessionTrace => ({
  address,
  heardAt: 0,
  sentAt: 0,
  begunAt: 0,
  own: false,
  ...more,
});

describe("planRepair", () => {
  test("gives fresh sessions to who was talking at the end, newest first, and burns a few counters of the others", () => {
    const sessions = [
      session("quiet.0", { heardAt: LAST - 16 * MINUTE }),
      session("earlier.0", { heardAt: LAST - 14 * MINUTE }),
      session("written-to.0", { sentAt: LAST - MINUTE }),
      session("last.0", { heardAt: LAST }),
    ];
    expect(planRepair({ sessions, groups: [] }, STARTED)).toEqual({
      renew: ["last.0", "written-to.0", "earlier.0"],
      burn: [{ address: "quiet.0", count: QUIET_COUNT }],
      burnGroups: [],
    });
  });

  test("always renews our own phone, which gets a copy of everything", () => {
    const sessions = [session("own.0", { own: true }), session("last.0", { heardAt: LAST })];
    expect(planRepair({ sessions, groups: [] }, STARTED).renew).toEqual(["own.0", "last.0"]);
  });

  test("burns more in groups that were written to at the end", () => {
    const groups = [
      { group: "a@g.us", ownJid: "me@lid", sentAt: LAST },
      { group: "b@g.us", ownJid: "me@lid", sentAt: LAST - 60 * MINUTE },
    ];
    expect(planRepair({ sessions: [], groups }, STARTED).burnGroups).toEqual([
      { group: "a@g.us", ownJid: "me@lid", count: ACTIVE_GROUP_COUNT },
      { group: "b@g.us", ownJid: "me@lid", count: QUIET_GROUP_COUNT },
    ]);
  });

  test("looks back as far as time is missing, a day at most", () => {
    const sessions = [
      session("hours.0", { heardAt: LAST - 5 * 60 * MINUTE }),
      session("days.0", { heardAt: LAST - 25 * 60 * MINUTE }),
      session("last.0", { heardAt: LAST }),
    ];
    expect(planRepair({ sessions, groups: [] }, LAST + 6 * 60 * MINUTE).renew).toEqual(["last.0", "hours.0"]);
    expect(planRepair({ sessions, groups: [] }, LAST + 100 * 60 * MINUTE).renew).toEqual(["last.0", "hours.0"]);
  });

  test("planned again after a crash, leaves out what is fresh, and is not misled by what came since", () => {
    const sessions = [
      session("renewed.0", { heardAt: STARTED + MINUTE, begunAt: STARTED + MINUTE }),
      session("answered.0", { heardAt: STARTED + 60 * MINUTE }),
      session("last.0", { heardAt: LAST }),
    ];
    const plan = planRepair({ sessions, groups: [] }, STARTED);
    expect(plan).toEqual({ renew: ["answered.0", "last.0"], burn: [], burnGroups: [] });
  });

  test("spends no more bundles than its limit and burns the rest as active; looks at no more than its limit", () => {
    const sessions = Array.from({ length: 1000 }, (_, index) =>
      session(`${String(index)}.0`, { heardAt: LAST - index }),
    );
    const { renew, burn } = planRepair({ sessions, groups: [] }, STARTED);
    expect(renew).toHaveLength(200);
    expect(renew.at(-1)).toBe("199.0");
    expect(burn).toHaveLength(500);
    expect(burn[0]).toEqual({ address: "200.0", count: ACTIVE_COUNT });
  });

  test("has nothing to do where there is nothing", () => {
    expect(planRepair({ sessions: [], groups: [] }, STARTED)).toEqual({ renew: [], burn: [], burnGroups: [] });
  });
});
