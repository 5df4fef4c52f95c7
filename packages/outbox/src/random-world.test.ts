import { describe, expect, test } from "@jest/globals";
import type { Promised } from "./testing/any-draft.ts";
import { createRandomWorld, MAX_ATTEMPTS, type RandomWorld } from "./testing/random-world.ts";

/** Why it was given up, if that is as it should be. */
const isExcused = (world: RandomWorld, { id, expiresAt, refusals }: Promised): boolean => {
  const status = world.outbox.read(id);
  if (status?.state !== "discarded") return false;
  if (status.attempts === MAX_ATTEMPTS) return true;
  if (expiresAt !== undefined && status.lastError?.includes("time was over") === true) return true;
  const twice = (code: string): boolean => refusals.filter((one) => one === code).length > 1;
  return refusals.includes("404") || twice("463") || twice("479");
};

const checkEnd = (world: RandomWorld): void => {
  const { promised, outbox, server } = world;
  const seenIn = (chat: string): string[] => (server.seen.get(chat) ?? []).map(({ text }) => text);
  const lost: string[] = [];
  for (const one of promised.values()) {
    const state = outbox.read(one.id)?.state;
    const isSeen = seenIn(one.chat).includes(one.text);
    if (state === "sent" || state === "delivered") {
      if (!isSeen) lost.push(`${one.text} is ${state} and nobody has seen it`);
    } else if (state !== "cancelled" && !isExcused(world, one)) {
      lost.push(`${one.text} is ${JSON.stringify(outbox.read(one.id))}`);
    }
  }
  expect(lost).toEqual([]);
  // In order, of each chat: what was neither for later nor tried again by a person, and got through.
  for (const chat of server.seen.keys()) {
    const wanted = [...promised.values()]
      .filter((one) => one.chat === chat && one.inOrder && !one.retried)
      .map(({ text }) => text)
      .filter((text) => seenIn(chat).includes(text));
    expect(seenIn(chat).filter((text) => wanted.includes(text))).toEqual(wanted);
  }
};

describe("whatever happens to the process, the connection, the server and the clock", () => {
  test.each([1, 3, 20_260_102])(
    "nothing promised is lost, and each chat sees each thing once, in order (seed %i)",
    async (seed) => {
      const world = createRandomWorld(seed);
      try {
        for (let step = 0; step < 1000 && world.faults.length === 0; step += 1) await world.happen();
        expect(world.faults).toEqual([]);
        await world.heal();
        expect(world.faults).toEqual([]);
        checkEnd(world);
        expect(world.promised.size).toBeGreaterThan(150);
        expect(world.tally.size).toBe(14);
      } finally {
        await world.rig.close();
      }
    },
  );
});
