import { describe, expect, test } from "@jest/globals";
import type { ConnectionPicture } from "../connection/picture.ts";
import { emptyHistory, recordPicture, type ConnectionHistory } from "./history.ts";

const picture = (
  state: ConnectionPicture["state"],
  since: number,
  end?: [code: number, at: number],
): ConnectionPicture => ({
  state,
  since,
  reconnectAttempts: 0,
  nextAttemptAt: null,
  lastDisconnect: end === undefined ? null : { code: end[0], reason: `Ended with ${String(end[0])}.`, at: end[1] },
});

const after = (...pictures: ConnectionPicture[]): ConnectionHistory => pictures.reduce(recordPicture, emptyHistory);

describe("the history of a connection", () => {
  test("tells what it was, what it became, why, and how long that had lasted", () => {
    const history = after(
      picture("connecting", 1000),
      picture("open", 3000),
      picture("backing-off", 63_000, [428, 63_000]),
      picture("connecting", 66_000, [428, 63_000]),
    );
    expect(history.transitions).toEqual([
      { from: "connecting", to: "open", code: null, reason: "The connection is open.", at: 3000, durationMs: 2000 },
      { from: "open", to: "backing-off", code: 428, reason: "Ended with 428.", at: 63_000, durationMs: 60_000 },
      {
        from: "backing-off",
        to: "connecting",
        code: null,
        reason: "A connection is being opened.",
        at: 66_000,
        durationMs: 3000,
      },
    ]);
    expect(history.disconnects).toEqual({ 428: 1 });
  });

  test("takes a picture that is no news for none", () => {
    const history = after(picture("open", 3000, [408, 2000]));
    expect(recordPicture(history, picture("open", 3000, [408, 2000]))).toBe(history);
    // What a restarted keeper was told by the bot.
    expect(recordPicture(history, picture("open", 2995))).toBe(history);
    expect(recordPicture(history, picture("open", 9000))).not.toBe(history);
  });

  test("counts every end once, whatever it led to", () => {
    const history = after(
      picture("open", 1),
      picture("connecting", 10, [515, 10]),
      picture("connecting", 20, [515, 20]),
      picture("open", 30, [515, 20]),
      picture("replaced", 40, [440, 40]),
    );
    expect(history.disconnects).toEqual({ 515: 2, 440: 1 });
  });

  test("begins where the last process left off", () => {
    const stored = after(picture("open", 1000));
    const history = recordPicture(stored, picture("connecting", 9000, [0, 8000]));
    expect(history.transitions).toMatchObject([{ from: "open", to: "connecting", code: 0, durationMs: 8000 }]);
  });

  test("keeps the newest fifty, and counts codes without end together", () => {
    let history = emptyHistory;
    for (let at = 1; at <= 200; at += 1) {
      history = recordPicture(history, picture(at % 2 === 0 ? "open" : "connecting", at, [1000 + at, at]));
    }
    expect(history.transitions).toHaveLength(50);
    expect(history.transitions.at(-1)).toMatchObject({ at: 200 });
    expect(Object.keys(history.disconnects)).toHaveLength(33);
    expect(history.disconnects["other"]).toBe(168);
  });

  test("makes no duration negative when the clock was set back", () => {
    expect(after(picture("open", 5000), picture("connecting", 4000)).transitions).toMatchObject([{ durationMs: 0 }]);
  });
});
