import { beforeEach, describe, expect, test } from "@jest/globals";
import {
  addTransactionCapability,
  type SignalDataSet,
  type SignalKeyStoreWithTransaction,
} from "@whiskeysockets/baileys";
import { lockByRecord } from "./session-lock.ts";

const quiet = (): void => undefined;
const logger = { level: "silent", child: () => logger, trace: quiet, debug: quiet, error: quiet } as never;
const NUMBER = "4915550000002@s.whatsapp.net";
const LID = "998877@lid";

/** Baileys' own transactions over keys in memory, where `4915550000002` is known to be `998877`. */
const createKeys = (): SignalKeyStoreWithTransaction => {
  const stored: Record<string, Record<string, unknown>> = { "lid-mapping": { "4915550000002": "998877" } };
  return addTransactionCapability(
    {
      get: (type, ids) =>
        Object.fromEntries(
          ids.flatMap((id) => (stored[type]?.[id] === undefined ? [] : [[id, stored[type][id]]])),
        ) as never,
      set: (changes: SignalDataSet) => {
        for (const [type, values] of Object.entries(changes)) stored[type] = { ...stored[type], ...values };
      },
    },
    logger,
    { maxCommitRetries: 1, delayBetweenTriesMs: 1 },
  );
};

describe("the lock of a session", () => {
  let keys: SignalKeyStoreWithTransaction;
  let events: string[];
  beforeEach(() => {
    keys = createKeys();
    lockByRecord(keys);
    events = [];
  });

  const step = (name: string, jid: string): Promise<void> =>
    keys.transaction(async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
    }, jid);

  test("is one for a number and its LID: neither takes the other's ratchet step back", async () => {
    await Promise.all([step("reading", LID), step("writing", NUMBER)]);
    expect(events.slice(0, 2)).toEqual(["reading begins", "reading ends"]);
  });

  test("is another one for another device, person or group", async () => {
    const others = ["998877:5@lid", "4915550000003@s.whatsapp.net", "120363@g.us", "migrate-1-sessions-998877"];
    await Promise.all([LID, ...others].map((jid) => step(jid, jid)));
    expect(events.slice(0, 5).every((event) => event.endsWith("begins"))).toBe(true);
  });

  test("is not taken again inside a transaction", async () => {
    await keys.transaction(() => step("inner", NUMBER), LID);
    expect(events).toEqual(["inner begins", "inner ends"]);
  });
});
