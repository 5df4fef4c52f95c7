import { describe, expect, test } from "@jest/globals";
import { BlackskyError, describeError, errorCode, isBlackskyError, networkErrorCode } from "./blacksky-error.ts";

describe("BlackskyError", () => {
  test("keeps its code, hint and cause", () => {
    const cause = new Error("disk");
    const error = new BlackskyError("store.full", "The disk is full.", { hint: "Free some space.", cause });
    expect(error).toMatchObject({ code: "store.full", hint: "Free some space.", cause, message: "The disk is full." });
  });

  test("is told apart from other errors", () => {
    expect(isBlackskyError(new BlackskyError("a.b", "c"))).toBe(true);
    expect(isBlackskyError(new Error("c"))).toBe(false);
    expect(isBlackskyError("c")).toBe(false);
  });
});

describe("describeError", () => {
  test("puts the remedy behind the problem", () => {
    expect(describeError(new BlackskyError("a.b", "It broke.", { hint: "Mend it." }))).toBe("It broke. Mend it.");
  });

  test("copes with anything that can be thrown", () => {
    expect(describeError(new Error("plain"))).toBe("plain");
    expect(describeError(undefined)).toBe("undefined");
  });
});

describe("errorCode", () => {
  test("reads our code, Node's and a SQLSTATE", () => {
    expect(errorCode(new BlackskyError("a.b", "c"))).toBe("a.b");
    expect(errorCode(Object.assign(new Error("full"), { code: "ENOSPC" }))).toBe("ENOSPC");
    expect(errorCode({ code: 40_001 })).toBe("40001");
  });

  test("says unknown where there is none", () => {
    expect(errorCode(new Error("plain"))).toBe("unknown");
    expect(errorCode(null)).toBe("unknown");
  });
});

test("networkErrorCode reads the code where fetch hides it, and one that is not hidden", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1"), { code: "ECONNREFUSED" });
  expect(networkErrorCode(new TypeError("fetch failed", { cause }))).toBe("ECONNREFUSED");
  expect(networkErrorCode(cause)).toBe("ECONNREFUSED");
  expect(networkErrorCode("x")).toBe("unknown");
});
