import { describe, expect, test } from "@jest/globals";
import { arrivedIds } from "./receipt-ids.ts";

const receipt = (attrs: Record<string, string>, content: readonly string[] = []) => ({
  tag: "receipt",
  attrs: { id: "A", from: "1@lid", ...attrs },
  content: [{ tag: "list", attrs: {}, content: content.map((id) => ({ tag: "item", attrs: { id } })) }],
});

describe("a receipt", () => {
  test.each([{}, { type: "inactive" }, { type: "read" }, { type: "played" }, { participant: "2@lid" }])(
    "with %j says that messages have arrived",
    (attrs) => {
      expect(arrivedIds(receipt(attrs, ["B", "C"]))).toEqual(["A", "B", "C"]);
      expect(arrivedIds({ tag: "receipt", attrs: { id: "A", from: "1@lid", ...attrs } })).toEqual(["A"]);
    },
  );

  test.each([{ type: "retry" }, { type: "sender" }, { type: "server-error" }, { type: "read", recipient: "3@lid" }])(
    "with %j says something else",
    (attrs) => {
      expect(arrivedIds(receipt(attrs, ["B"]))).toEqual([]);
    },
  );
});
