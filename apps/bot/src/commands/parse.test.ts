import { describe, expect, test } from "@jest/globals";
import { parseCommand } from "./parse.ts";

describe("parseCommand", () => {
  test.each([
    [".ping", { name: "ping", args: [] }],
    ["  .PING  ", { name: "ping", args: [] }],
    [". Ping", { name: "ping", args: [] }],
    [".say two  words\nand a line", { name: "say", args: ["two", "words", "and", "a", "line"] }],
    [".menü", { name: "menü", args: [] }],
  ])("reads %j", (text, parsed) => expect(parseCommand(text, ".")).toEqual(parsed));

  test.each(["ping", "...", ".", "", ".5 litres", "?ping", ".  ping", "hello .ping"])("is no command: %j", (text) =>
    expect(parseCommand(text, ".")).toBeUndefined(),
  );

  test("knows longer prefixes", () => {
    expect(parseCommand("!!ping", "!!")?.name).toBe("ping");
    expect(parseCommand("!ping", "!!")).toBeUndefined();
  });
});
