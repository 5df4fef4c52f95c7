import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DISCONNECT_ROWS, UNKNOWN_ROW } from "./disconnect-rows.ts";

const OPERATIONS = fileURLToPath(new URL("../../../docs/operations.md", import.meta.url));

/** The cells of the table under the heading about codes. */
const readTable = (): string[][] => {
  const [, section = ""] = readFileSync(OPERATIONS, "utf8").split("\n## Why WhatsApp ended the connection\n");
  const lines = section.split("\n## ")[0]?.split("\n") ?? [];
  const cells = lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").slice(1, -1));
  return cells.slice(2).map((row) => row.map((cell) => cell.trim()));
};

describe("the table of disconnect codes in docs/operations.md", () => {
  test("has exactly the rows of the policy, in their order", () => {
    const wanted = [...DISCONNECT_ROWS, UNKNOWN_ROW].map(({ codes, name }) => [codes.join(", ") || "other", name]);
    expect(readTable().map(([codes, name]) => [codes, name])).toEqual(wanted);
  });

  test("says of every row what the bot does and what its owner should do", () => {
    for (const row of readTable()) {
      expect(row).toHaveLength(5);
      for (const cell of row) expect(cell).not.toBe("");
    }
  });
});
