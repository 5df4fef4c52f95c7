import { describe, expect, test } from "@jest/globals";
import { isOwner } from "./owner.ts";

describe("isOwner", () => {
  test("knows an owner by number, from any device and in any spelling", () => {
    expect(isOwner(["+49 151 12"], { pn: "4915112:4@s.whatsapp.net" }, [])).toBe(true);
    expect(isOwner(["1", "4915112"], { pn: "4915112@c.us" }, [])).toBe(true);
  });

  test("knows an owner by LID alone", () => {
    expect(isOwner(["4915112"], { lid: "777:4@lid" }, ["777@lid"])).toBe(true);
  });

  test("trusts nobody else", () => {
    expect(isOwner([], { pn: "4915112@s.whatsapp.net" }, [])).toBe(false);
    expect(isOwner(["4915112"], { pn: "4915113@s.whatsapp.net", lid: "778@lid" }, ["777@lid"])).toBe(false);
    expect(isOwner(["4915112"], {}, ["777@lid"])).toBe(false);
  });

  test("does not take a LID or a group for a phone number of the same digits", () => {
    expect(isOwner(["4915112"], { pn: "4915112@lid" }, [])).toBe(false);
    expect(isOwner(["4915112"], { lid: "4915112@lid" }, [])).toBe(false);
    expect(isOwner(["4915112"], { pn: "4915112@g.us" }, [])).toBe(false);
  });
});
