import { createFakeClock, pick, seededRandom } from "@blacksky/machine";
import { openStore, type Store } from "@blacksky/store";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInbox, type Inbox } from "./inbox.ts";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-inbox-walk-"));
  store = openStore({ path: join(folder, "store") });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a person would know: what was sent, and how often the bot set out to handle it, and did so. */
interface Fate {
  begun: number;
  ended: number;
  /** By the process that lives. */
  endedHere: boolean;
  /** Since the mark of its end was written. */
  isSettled: boolean;
}

test.each([1, 22, 333])("whatever dies when, everything is handled, nothing after its mark (seed %d)", async (seed) => {
  const random = seededRandom(seed);
  let clock = createFakeClock(1_700_000_000_000);
  const fates = new Map<string, Fate>();
  let taken: string[] = [];
  const start = (): Inbox => {
    taken = [];
    // The timers of the one before died with it: what it had not written is lost.
    clock = createFakeClock(clock.now());
    return createInbox({
      store,
      clock,
      maxAttempts: Number.MAX_SAFE_INTEGER,
      onGivenUp: (id, why) => {
        throw new Error(`${id} was given up: ${why}`);
      },
      onChange: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
  };
  let inbox = start();

  const take = (id: string): void => {
    const fate = fates.get(id);
    if (fate === undefined || !inbox.take(id)) return;
    expect(fate.isSettled).toBe(false);
    fate.begun += 1;
    taken.push(id);
  };
  const rescue = async (): Promise<void> => {
    for (const entry of inbox.rescue("me").entries) {
      if (!inbox.isWaiting(entry)) continue;
      const texts = entry.parts.map(({ plaintext }) => Buffer.from(plaintext).toString());
      if (texts.includes("words")) {
        await inbox.begin(entry.id);
        take(entry.id);
      } else inbox.setAside(entry.id);
    }
  };
  /** A connection opens before the ratchet step is committed, or that step fails; false then. */
  const readPart = async (id: string, text: string): Promise<boolean> => {
    const fingerprint = `${id} ${text}`;
    if (inbox.recall(id, fingerprint) !== undefined) return true;
    const change = inbox.note({ id, account: "me", attributes: { id } }, { fingerprint, plaintext: Buffer.from(text) });
    const rescuing = random() < 0.3 ? rescue() : undefined;
    const isCommitted = random() < 0.9;
    if (isCommitted) await store.write([change]);
    await rescuing;
    return isCommitted;
  };
  const steps = {
    async read() {
      // A new one, or the same again as after a lost receipt: a key in one part, what it is for in the other.
      const id = random() < 0.7 || fates.size === 0 ? `m${String(fates.size)}` : pick(random, [...fates.keys()]);
      const release = inbox.hold(id);
      const isRead = await readPart(id, "key");
      if (random() < 0.1) return steps.die();
      if (isRead && (await readPart(id, "words"))) {
        if (!fates.has(id)) fates.set(id, { begun: 0, ended: 0, endedHere: false, isSettled: false });
        if (random() < 0.8) take(id);
      }
      release();
    },
    async end() {
      const id = taken.splice(Math.floor(random() * taken.length), 1)[0];
      const fate = id === undefined ? undefined : fates.get(id);
      if (id === undefined || fate === undefined) return;
      if (random() < 0.2) return inbox.snooze(id);
      inbox.complete(id);
      fate.ended += 1;
      fate.endedHere = true;
    },
    async settle() {
      await inbox.flush();
      for (const fate of fates.values()) fate.isSettled ||= fate.endedHere;
    },
    async die() {
      inbox = start();
      for (const fate of fates.values()) fate.endedHere = false;
      await rescue();
    },
    rescue,
  };
  for (let step = 0; step < 600; step += 1) {
    clock.advance(Math.floor(random() * 40));
    await steps[pick(random, ["read", "read", "read", "end", "end", "end", "settle", "rescue", "die"] as const)]();
    const waiting = [...fates.values()].filter(({ ended }) => ended === 0).length;
    expect(inbox.pending).toBeGreaterThanOrEqual(waiting);
  }
  // What was never committed comes no more.
  await steps.die();
  while (inbox.pending > 0) {
    await rescue();
    while (taken.length > 0) await steps.end();
  }
  for (const fate of fates.values()) expect(fate.ended).toBeGreaterThanOrEqual(1);
  await steps.settle();
  expect(start().rescue("me").entries).toEqual([]);
});
