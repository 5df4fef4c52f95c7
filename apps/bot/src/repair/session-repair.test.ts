import { describe, expect, jest, test } from "@jest/globals";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock } from "@blacksky/machine";
import { createSessionRepair } from "./session-repair.ts";

const log = createTestLogger();

/** A store with one group of ours and one session, as far as the repair looks into it. */
const setUp = (meta: Record<string, string>, paired = true) => {
  const noted = new Map(Object.entries(meta));
  const clock = createFakeClock(1000);
  const keys = ["session/session/200.0", "session/sender-key/1@g.us::100::1"];
  const raised: number[] = [];
  const session = { _sessions: { key: { indexInfo: { closed: -1, created: 1, used: 900 } } } };
  const events: string[] = [];
  const mender = {
    burnSession: jest.fn(async (address: string) => void events.push(`burn ${address}`)),
    burnGroup: jest.fn(async (group: string) => void events.push(`burn ${group}`)),
    renewSessions: jest.fn(async (addresses: readonly string[]): Promise<string[]> => {
      events.push(`renew ${addresses.join()}`);
      return [];
    }),
    uploadPreKeys: jest.fn(async () => void events.push("upload")),
  };
  const start = () =>
    createSessionRepair({
      store: {
        meta: {
          get: (name) => noted.get(name),
          set: (name, value) => void (value === undefined ? noted.delete(name) : noted.set(name, value)),
        },
        keys: (prefix) => keys.filter((key) => key.startsWith(prefix)),
      },
      storage: {
        auth: {
          creds: { me: { id: "100:1@s.whatsapp.net" }, nextPreKeyId: 31 } as never,
          keys: {
            get: async (kind, ids) => (kind === "session" ? { [ids[0] ?? ""]: session } : {}) as never,
            set: () => {},
          },
        },
        paired,
        recipients: () => new Map(),
        raisePreKeyIds: (floor) => void raised.push(floor),
      },
      clock,
      log,
    });
  return { noted, clock, raised, events, mender, start };
};

const isOpen = (): boolean => true;
const UNKNOWN = { "restored.tail": "unknown" };

describe("the repair of a session", () => {
  test.each([{}, { "restored.tail": "complete" }, { ...UNKNOWN, "repair.finished": "1" }])(
    "does nothing where nothing is missing: %j",
    (meta) => {
      const { start, raised, mender, noted } = setUp(meta);
      expect(start().mend({ mender }, isOpen)).toBeUndefined();
      expect(raised).toEqual([]);
      expect(Object.fromEntries(noted)).toEqual(meta);
    },
  );

  test("leaves out pre-key ids before there is a socket; burns, renews, uploads over it; then it is done", async () => {
    const { start, raised, mender, events, noted } = setUp(UNKNOWN);
    const repair = start();
    expect(raised).toEqual([1031]);
    await repair.mend({ mender }, isOpen);
    expect(events).toEqual(["burn 1@g.us", "renew 200.0", "upload"]);
    expect(noted.get("repair.finished")).toBe("1000");
    expect(repair.mend({ mender }, isOpen)).toBeUndefined();
  });

  test("burns instead where there is no fresh session to be had, and goes on after a chat that cannot be burnt", async () => {
    const { start, mender, events } = setUp(UNKNOWN);
    mender.burnGroup.mockRejectedValueOnce(new Error("a broken record"));
    mender.renewSessions.mockResolvedValueOnce(["200.0"]);
    await start().mend({ mender }, isOpen);
    expect(events).toEqual(["burn 200.0", "upload"]);
  });

  test("is tried again with the next socket, or the next process, and leaves out the same ids", async () => {
    const { start, raised, mender, events, noted, clock } = setUp(UNKNOWN);
    const repair = start();
    mender.uploadPreKeys.mockRejectedValueOnce(new Error("Connection Closed"));
    await repair.mend({ mender }, isOpen);
    expect(noted.has("repair.finished")).toBe(false);
    clock.advance(5000);
    await start().mend({ mender }, isOpen);
    expect(raised).toEqual([1031, 1031]);
    expect(events.filter((event) => event === "upload")).toHaveLength(1);
    expect(noted.get("repair.finished")).toBe("6000");
  });

  test("stops when its socket is gone", async () => {
    const { start, mender, events, noted } = setUp(UNKNOWN);
    await start().mend({ mender }, () => events.length === 0);
    expect(events).toEqual(["burn 1@g.us"]);
    expect(noted.has("repair.finished")).toBe(false);
  });

  test("holds messages back for half a minute and no longer", async () => {
    const { start, mender, clock } = setUp(UNKNOWN);
    mender.renewSessions.mockReturnValueOnce(new Promise(() => undefined));
    let free = false;
    const held = start()
      .mend({ mender }, isOpen)
      ?.then(() => (free = true));
    clock.advance(29_999);
    await new Promise(setImmediate);
    expect(free).toBe(false);
    clock.advance(1);
    await held;
  });

  test("has nothing to mend where no phone is linked", () => {
    const { start, raised, mender, noted } = setUp(UNKNOWN, false);
    expect(start().mend({ mender }, isOpen)).toBeUndefined();
    expect(raised).toEqual([]);
    expect(noted.get("repair.finished")).toBe("1000");
  });
});
