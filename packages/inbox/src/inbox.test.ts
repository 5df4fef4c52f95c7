import { createFakeClock } from "@blacksky/machine";
import { openStore, type Store } from "@blacksky/store";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entryId, fingerprintOf } from "./entry-id.ts";
import { createInbox, type Inbox, type InboxOptions, type ReadMessage } from "./inbox.ts";

const DAY_MS = 86_400_000;
const ACCOUNT = "4900@s.whatsapp.net";

let folder: string;
let store: Store;
let clock: ReturnType<typeof createFakeClock>;
let givenUp: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-inbox-"));
  store = openStore({ path: join(folder, "store") });
  clock = createFakeClock(1_700_000_000_000);
  givenUp = [];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that opens the store; the one before it is dead, with what it had not written. */
const open = (more: Partial<InboxOptions> = {}): Inbox => {
  clock = createFakeClock(clock.now());
  const onFailure = (error: unknown): void => {
    throw error;
  };
  const onGivenUp = (id: string, why: string): void => void givenUp.push(`${id}: ${why}`);
  return createInbox({ store, clock, onGivenUp, onChange: () => undefined, onFailure, ...more });
};

const bytes = (text: string): Uint8Array => Buffer.from(text);
const message = (id: string): ReadMessage => ({ id, account: ACCOUNT, attributes: { id, from: "chat" } });
const read = async (inbox: Inbox, id: string, text = `text of ${id}`): Promise<void> => {
  await store.write([inbox.note(message(id), { fingerprint: fingerprintOf(bytes(text)), plaintext: bytes(text) })]);
};
const recall = (inbox: Inbox, id: string, text = `text of ${id}`): string | undefined => {
  const found = inbox.recall(id, fingerprintOf(bytes(text)));
  return found === undefined ? undefined : Buffer.from(found).toString();
};
const rescuedIds = (inbox: Inbox): string[] => inbox.rescue(ACCOUNT).entries.map(({ id }) => id);

describe("what was read", () => {
  test("is given out once, and again by the process that comes after a crash, in the order of arrival", async () => {
    const first = open();
    for (const id of ["z", "b", "a"]) await read(first, id);
    expect([first.take("z"), first.take("z"), first.take("b")]).toEqual([true, false, true]);
    expect(first.pending).toBe(3);
    const second = open();
    const { entries } = second.rescue(ACCOUNT);
    expect(entries.map(({ id }) => id)).toEqual(["z", "b", "a"]);
    expect(entries[0]).toMatchObject({ attributes: { id: "z", from: "chat" }, account: ACCOUNT });
    expect(Buffer.from(entries[0]?.parts[0]?.plaintext ?? []).toString()).toBe("text of z");
  });

  test("is not given out any more once it is handled, though the mark had to wait", async () => {
    const first = open();
    await read(first, "a");
    expect(first.take("a")).toBe(true);
    first.complete("a");
    expect([first.take("a"), first.pending]).toEqual([false, 0]);
    await first.flush();
    const second = open();
    expect(rescuedIds(second)).toEqual([]);
    expect(second.take("a")).toBe(false);
  });

  test("is handled again where the process died before its mark was written", async () => {
    const first = open();
    await read(first, "a");
    first.take("a");
    first.complete("a");
    expect(rescuedIds(open())).toEqual(["a"]);
  });

  test("says again what it said, until it is handled; then it is known, and empty", async () => {
    const first = open();
    expect(recall(first, "a")).toBeUndefined();
    await read(first, "a");
    expect([recall(first, "a"), recall(first, "a", "other")]).toEqual(["text of a", undefined]);
    const second = open();
    expect(recall(second, "a")).toBe("text of a");
    second.take("a");
    second.complete("a");
    expect(recall(second, "a")).toBe("");
    await second.flush();
    expect(recall(open(), "a")).toBe("");
  });

  test("is left to whoever reads it while its ratchet step is being committed", async () => {
    const inbox = open();
    const change = inbox.note(message("a"), { fingerprint: fingerprintOf(bytes("one")), plaintext: bytes("one") });
    // A connection opens, or the minute is over.
    expect([rescuedIds(inbox), givenUp]).toEqual([[], []]);
    await store.write([change]);
    expect(recall(inbox, "a", "one")).toBe("one");
    expect([inbox.take("a"), inbox.pending]).toEqual([true, 1]);
  });

  test("is read again, and kept, where the ratchet step was not committed", async () => {
    const inbox = open();
    await read(inbox, "b");
    for (const id of ["a", "b"])
      inbox.note(message(id), { fingerprint: fingerprintOf(bytes("one")), plaintext: bytes("one") });
    expect(["a", "b"].map((id) => recall(inbox, id, "one"))).toEqual([undefined, undefined]);
    for (const id of ["a", "b"]) await read(inbox, id, "one");
    expect(["a", "b"].map((id) => recall(inbox, id, "one"))).toEqual(["one", "one"]);
    expect(recall(inbox, "b")).toBe("text of b");
    expect(rescuedIds(open())).toEqual(["b", "a"]);
  });

  test("is given to nobody while it is being read, nor taken for what it was when it was given out", async () => {
    const first = open();
    await read(first, "a", "key");
    const second = open();
    const [given] = second.rescue(ACCOUNT).entries;
    const releases = [second.hold("a"), second.hold("a")];
    const waits = (): (boolean | undefined)[] => [given && second.isWaiting(given), rescuedIds(second).includes("a")];
    expect(waits()).toEqual([false, false]);
    releases[0]?.();
    releases[0]?.();
    expect(waits()).toEqual([false, false]);
    releases[1]?.();
    expect(waits()).toEqual([true, true]);
    await read(second, "a", "words");
    expect(waits()).toEqual([false, true]);
    const [whole] = second.rescue(ACCOUNT).entries;
    expect(whole?.parts).toHaveLength(2);
    second.take("a");
    expect(whole && second.isWaiting(whole)).toBe(false);
  });

  test("has several parts, and keeps them when another comes later", async () => {
    const first = open();
    await read(first, "a", "key");
    await read(open(), "a", "words");
    const { entries } = open().rescue(ACCOUNT);
    expect(entries[0]?.parts.map(({ plaintext }) => Buffer.from(plaintext).toString())).toEqual(["key", "words"]);
  });

  test("with nothing to handle is put aside, and handled when the same message comes again with more", async () => {
    const first = open();
    await read(first, "a", "key");
    first.setAside("a");
    await first.flush();
    const second = open();
    expect([rescuedIds(second), recall(second, "a", "key")]).toEqual([[], ""]);
    await read(second, "a", "words");
    expect(second.take("a")).toBe(true);
    second.complete("a");
    second.setAside("a");
    expect(second.take("a")).toBe(false);
  });

  test("stays handled when its author was asked for it once more", async () => {
    const inbox = open();
    await read(inbox, "a");
    inbox.take("a");
    inbox.complete("a");
    await read(inbox, "a", "the same, in another ciphertext");
    expect(inbox.take("a")).toBe(false);
    await inbox.flush();
    const next = open();
    expect([next.take("a"), recall(next, "a"), recall(next, "a", "the same, in another ciphertext")]).toEqual([
      false,
      "",
      "",
    ]);
  });

  test("that could not be handled now is given out again by the same process, which counts once", async () => {
    const inbox = open();
    await read(inbox, "a");
    inbox.take("a");
    expect(rescuedIds(inbox)).toEqual([]);
    inbox.snooze("a");
    for (let round = 0; round < 5; round += 1) expect(rescuedIds(inbox)).toEqual(["a"]);
    expect(inbox.take("a")).toBe(true);
  });

  test("is kept for the account that it was sent to", async () => {
    await read(open(), "a");
    const other = open();
    expect(other.rescue("4911@s.whatsapp.net").entries).toEqual([]);
    expect(rescuedIds(open())).toEqual(["a"]);
  });

  test("is taken once also where nothing of it was kept", () => {
    const inbox = open();
    expect([inbox.take("plain"), inbox.take("plain")]).toEqual([true, false]);
    inbox.complete("plain");
    expect(inbox.take("plain")).toBe(false);
  });
});

describe("what cannot be handled", () => {
  test("is given up after eight processes that began with it and did not live to end it, and then told once", async () => {
    await read(open(), "a");
    for (let process = 2; process <= 8; process += 1) {
      const inbox = open();
      expect(rescuedIds(inbox)).toEqual(["a"]);
      await inbox.begin("a");
    }
    const last = open();
    const lost = (inbox: Inbox): string[] => inbox.rescue(ACCOUNT).givenUp.map(({ id }) => id);
    expect([rescuedIds(last), lost(last), lost(open())]).toEqual([[], ["a"], ["a"]]);
    last.giveUp("a", "8 processes");
    expect(givenUp).toEqual(["a: 8 processes"]);
    await last.flush();
    expect(open().rescue(ACCOUNT)).toEqual({ entries: [], givenUp: [] });
  });

  test("is not what only waited while processes died", async () => {
    await read(open(), "a");
    for (let process = 0; process < 20; process += 1) expect(rescuedIds(open())).toEqual(["a"]);
    expect(open().rescue(ACCOUNT).entries).toMatchObject([{ attempts: 1 }]);
  });

  test("counts once for a process, however often that one begins, and not for the one that read it", async () => {
    const first = open();
    await read(first, "a");
    await first.begin("a");
    const second = open();
    for (let round = 0; round < 3; round += 1) await second.begin("a");
    expect(open().rescue(ACCOUNT).entries).toMatchObject([{ attempts: 2 }]);
  });

  test("for its damaged record leaves the others alone", async () => {
    const first = open();
    await read(first, "a");
    await read(first, "b");
    await store.write([{ key: "inbox/a", value: bytes("\u0001nonsense") }]);
    const second = open();
    expect(givenUp).toEqual(["a: its record is damaged"]);
    expect(rescuedIds(second)).toEqual(["b"]);
    await second.flush();
    givenUp = [];
    open();
    expect(givenUp).toEqual([]);
  });
});

describe("the inbox", () => {
  const handle = async (inbox: Inbox, id: string): Promise<void> => {
    await read(inbox, id);
    inbox.take(id);
    inbox.complete(id);
    await inbox.flush();
  };

  test("forgets what was handled long ago or is too much, and never what waits", async () => {
    const inbox = open({ maxCount: 3 });
    await read(inbox, "waits");
    for (const id of ["a", "b", "c", "d"]) await handle(inbox, id);
    expect([...store.keys("inbox/")].toSorted()).toEqual(["inbox/c", "inbox/d", "inbox/waits"]);
    clock.advance(7 * DAY_MS);
    await handle(inbox, "e");
    expect([...store.keys("inbox/")]).toEqual(["inbox/e"]);
    expect(givenUp).toEqual(["waits: it waited for too long"]);
    expect(inbox.pending).toBe(0);
  });

  test("writes the marks of many together", async () => {
    const inbox = open();
    for (let count = 0; count < 50; count += 1) await read(inbox, `m${String(count)}`);
    const before = store.position;
    for (let count = 0; count < 50; count += 1) inbox.complete(`m${String(count)}`);
    expect(store.position).toBe(before);
    clock.advance(50);
    await inbox.flush();
    expect(store.position).toBe(before + 50);
  });

  test("names a message by chat, author and id, and shows none of them", () => {
    const name = { chat: "1@g.us", participant: "2@lid", id: "X" };
    const ids = [name, { ...name, chat: "3@g.us" }, { ...name, participant: undefined }, { ...name, id: "Y" }];
    expect(new Set(ids.map(entryId)).size).toBe(4);
    expect(entryId(name)).toBe(entryId({ ...name }));
    expect(entryId(name)).toMatch(/^[\w-]{20}$/);
  });
});
