import { describe, expect, test } from "@jest/globals";
import type { SignalDataSet, SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import { AsyncLocalStorage } from "node:async_hooks";
import { commitBeforeSend } from "./commit-before-send.ts";

/** As Baileys' own: changes inside a transaction are written when the outermost one ends. */
const createKeys = (written: string[]): SignalKeyStoreWithTransaction => {
  const transactions = new AsyncLocalStorage<SignalDataSet[]>();
  const write = (changes: SignalDataSet): void => void written.push(...Object.keys(changes));
  return {
    get: () => ({}),
    set: (changes) => {
      const open = transactions.getStore();
      if (open === undefined) write(changes);
      else open.push(changes);
    },
    isInTransaction: () => transactions.getStore() !== undefined,
    transaction: async (work) => {
      if (transactions.getStore() !== undefined) return work();
      const changes: SignalDataSet[] = [];
      const result = await transactions.run(changes, work);
      for (const change of changes) write(change);
      return result;
    },
  };
};

const ME = "4900:3@s.whatsapp.net";

/** What `relayMessage` does: one transaction under our own name, a chain step inside, then the stanza. */
const relayLikeBaileys = async (keys: SignalKeyStoreWithTransaction, events: string[]): Promise<string> =>
  keys.transaction(async () => {
    await keys.set({ "sender-key-memory": {} });
    await keys.transaction(async () => keys.set({ session: {} }), ME);
    events.push("sent");
    return "id";
  }, ME);

describe("commitBeforeSend", () => {
  test("stores the ratchet step before the stanza leaves, and who has the group key after it", async () => {
    const events: string[] = [];
    const keys = createKeys(events);
    const relayCommitted = commitBeforeSend(keys, () => ME);
    expect(await relayCommitted(() => relayLikeBaileys(keys, events))).toBe("id");
    expect(events).toEqual(["session", "sent", "sender-key-memory"]);
  });

  test("leaves Baileys' own transactions as they are", async () => {
    const events: string[] = [];
    const keys = createKeys(events);
    commitBeforeSend(keys, () => ME);
    await relayLikeBaileys(keys, events);
    expect(events).toEqual(["sent", "sender-key-memory", "session"]);
  });

  test("relays one message at a time, also after one that failed", async () => {
    const keys = createKeys([]);
    const relayCommitted = commitBeforeSend(keys, () => ME);
    const order: string[] = [];
    const step = (name: string, fails = false) =>
      relayCommitted(() =>
        keys.transaction(async () => {
          order.push(`${name} begins`);
          await Promise.resolve();
          order.push(`${name} ends`);
          if (fails) throw new Error(name);
        }, ME),
      );
    const outcomes = await Promise.allSettled([step("first", true), step("second")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  });
});
