import { describe, expect, jest, test } from "@jest/globals";
import { isFromOwner } from "./ownership.ts";

const owners = ["491701234567", "491709999999"];
const nobody = () => Promise.resolve(undefined);

describe("isFromOwner", () => {
  test("knows an owner by number, with or without the LID", async () => {
    expect(await isFromOwner(owners, { pn: "491701234567@s.whatsapp.net" }, nobody)).toBe(true);
    expect(await isFromOwner(owners, { pn: "491709999999@s.whatsapp.net", lid: "9@lid" }, nobody)).toBe(true);
  });

  test("looks up the number behind a bare LID", async () => {
    const phoneOfLid = jest.fn((lid: string) =>
      Promise.resolve(lid === "9@lid" ? "491701234567:0@s.whatsapp.net" : undefined),
    );
    expect(await isFromOwner(owners, { lid: "9@lid" }, phoneOfLid)).toBe(true);
    expect(await isFromOwner(owners, { lid: "8@lid" }, phoneOfLid)).toBe(false);
  });

  test("is not fooled by others, by LIDs that look like the number, or by an empty list", async () => {
    expect(await isFromOwner(owners, { pn: "4917012345@s.whatsapp.net" }, nobody)).toBe(false);
    expect(await isFromOwner(owners, { lid: "491701234567@lid" }, nobody)).toBe(false);
    expect(await isFromOwner([], { pn: "491701234567@s.whatsapp.net" }, nobody)).toBe(false);
    expect(await isFromOwner(owners, {}, nobody)).toBe(false);
  });
});
