import { seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";

import { missingKeys } from "./missing-keys.ts";

const sorted = (keys: readonly string[]): string[] =>
  keys.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

const missing = async (ours: readonly string[], theirs: readonly string[], batch = 2): Promise<string[]> => {
  const batches = async function* (): AsyncGenerator<readonly string[]> {
    const all = sorted(theirs);
    for (let at = 0; at < all.length; at += batch) yield all.slice(at, at + batch);
  };
  const found: string[] = [];
  for await (const keys of missingKeys(sorted(ours), batches())) found.push(...keys);
  return found;
};

describe("the keys that another lacks", () => {
  test("are found at the beginning, in the middle and at the end", async () => {
    expect(await missing(["a", "b", "c", "d", "e"], ["b", "d"])).toEqual(["a", "c", "e"]);
    expect(await missing(["a", "b"], ["a", "b"])).toEqual([]);
    expect(await missing(["a", "b"], [])).toEqual(["a", "b"]);
  });

  test("are not those that only the other has", async () => {
    expect(await missing(["b"], ["a", "c"])).toEqual(["b"]);
    expect(await missing([], ["a"])).toEqual([]);
  });

  test("are found in the order of UTF-8, which is not that of JavaScript", async () => {
    const ours = ["\u{1f600}", "\uff5e", "a"];
    expect(sorted(ours)).not.toEqual(ours.toSorted());
    expect(await missing(ours, ["a", "\u{1f600}"])).toEqual(["\uff5e"]);
  });

  test("are exactly the difference, whatever it is", async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 50; round += 1) {
      const keys = Array.from({ length: 1_500 }, (_, at) => `session/${Math.floor(random() * 1e6)}/${at}`);
      const theirs = keys.filter(() => random() < 0.5);
      const kept = new Set(theirs);
      expect(await missing(keys, theirs, 100)).toEqual(sorted(keys.filter((key) => !kept.has(key))));
    }
  });
});
