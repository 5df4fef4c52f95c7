import { describe, expect, jest, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import type { GroupMetadata } from "@whiskeysockets/baileys";
import { createGroupCache } from "./group-cache.ts";

const setUp = () => {
  const clock = createFakeClock();
  const cache = createGroupCache(clock);
  const fetch = jest.fn((id: string): Promise<GroupMetadata> =>
    Promise.resolve({ id, subject: "", owner: undefined, participants: [] }),
  );
  const read = () => cache.read("1@g.us", fetch);
  return { clock, cache, fetch, read };
};

describe("the group cache", () => {
  test("asks once while nothing changes, and again after five minutes", async () => {
    const { clock, fetch, read } = setUp();
    await read();
    clock.advance(299_000);
    await read();
    expect(fetch).toHaveBeenCalledTimes(1);
    clock.advance(1000);
    await read();
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test("asks again after a change, and for everything on a new socket", async () => {
    const { cache, fetch, read } = setUp();
    await read();
    cache.forget("1@g.us");
    await read();
    cache.clear();
    await read();
    expect(fetch).toHaveBeenCalledTimes(3);
  });
});
