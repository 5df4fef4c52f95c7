import { describe, expect, test } from "@jest/globals";
import { emptyHistory, recordPicture } from "./history.ts";
import { decodeHistory, decodeUptime, encodeHistory, encodeUptime } from "./stored.ts";
import { beginSpan, emptyUptime, extendSpan } from "./uptime.ts";

const history = (["connecting", "open", "backing-off"] as const).reduce(
  (before, state, index) =>
    recordPicture(before, {
      state,
      since: index * 1000,
      reconnectAttempts: 0,
      nextAttemptAt: null,
      lastDisconnect: state === "backing-off" ? { code: 428, reason: "Closed.", at: 2000 } : null,
    }),
  emptyHistory,
);
const uptime = extendSpan(beginSpan(emptyUptime, 1000), 5000);

describe("what is stored of the history", () => {
  test("comes back as it was", () => {
    expect(history.transitions).toHaveLength(2);
    expect(decodeHistory(encodeHistory(history))).toEqual(history);
    expect(decodeUptime(encodeUptime(uptime))).toEqual(uptime);
    expect(decodeHistory(encodeHistory(emptyHistory))).toEqual(emptyHistory);
    expect(decodeUptime(encodeUptime(emptyUptime))).toEqual(emptyUptime);
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    encodeHistory(history).replace('"form":1', '"form":2'),
    encodeHistory(history).replace("backing-off", "elsewhere"),
    encodeHistory(history).replace('"428":1', '"428":"x"'),
    encodeHistory(history).replace('"at":1000', '"at":-1'),
    encodeHistory(history).replace('"since":2000', '"since":null'),
  ])("is begun anew where it cannot be read (%#)", (text) => {
    expect(decodeHistory(text)).toEqual(emptyHistory);
  });

  test.each(["x", "{}", '{"form":1,"firstAt":1,"spans":[[2,1]]}', '{"form":1,"firstAt":1.5,"spans":[]}'])(
    "as are marks of its uptime (%#)",
    (text) => {
      expect(decodeUptime(text)).toEqual(emptyUptime);
    },
  );
});
