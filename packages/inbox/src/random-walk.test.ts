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
  const clock = createFakeClock(1_700_000_000_000);
  const fates = new Map<string, Fate>();
  let taken: string[] = [];
  const start = (): Inbox => {
    taken = [];
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
    for (const { id } of inbox.rescue("me").entries) {
      await inbox.begin(id);
      take(id);
    }
  };
  const steps = {
    async read() {
      // A new one, or the same again as after a lost receipt.
      const id = random() < 0.7 || fates.size === 0 ? `m${String(fates.size)}` : pick(random, [...fates.keys()]);
      if (inbox.recall(id, id) === undefined) {
        const change = inbox.note(
          { id, account: "me", attributes: { id } },
          { fingerprint: id, plaintext: Buffer.from(id) },
        );
        // A connection opens before the ratchet step is committed, or the step fails and the message comes again.
        if (random() < 0.3) await rescue();
        if (random() < 0.1) return;
        await store.write([change]);
      }
      if (!fates.has(id)) fates.set(id, { begun: 0, ended: 0, endedHere: false, isSettled: false });
      if (random() < 0.8) take(id);
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
      // Without its timers: what it had not written is lost.
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
