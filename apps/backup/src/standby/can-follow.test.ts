import { describe, expect, test } from "@jest/globals";

import { canFollow } from "./replica-copy.ts";
import type { CopyOrigin } from "./replica-copy.ts";

const COPIED: CopyOrigin = { id: "r1", schemaVersion: 1, keyFingerprint: "key-1", position: 100 };

describe("a copy of a replica", () => {
  test("follows the replica that it was made of", () => {
    expect(canFollow(COPIED, COPIED)).toBe(true);
    expect(canFollow(COPIED, { ...COPIED, position: 101 })).toBe(true);
  });

  test.each([
    ["another replica", { id: "r2" }],
    ["records of another encoding", { schemaVersion: 2 }],
    ["records under another key", { keyFingerprint: "key-2" }],
    ["records without a key", { keyFingerprint: null }],
    ["a replica that went back", { position: 99 }],
  ])("does not follow %s", (_, now) => {
    expect(canFollow(COPIED, { ...COPIED, ...now })).toBe(false);
  });
});
