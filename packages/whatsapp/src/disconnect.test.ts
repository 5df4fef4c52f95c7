import { describe, expect, test } from "@jest/globals";
import { DISCONNECT_ROWS } from "./disconnect-rows.ts";
import { classifyDisconnect, explainDisconnect } from "./disconnect.ts";
import type { Disconnect, Verdict } from "./verdict.ts";

const disconnect = (code: number, more: Partial<Disconnect> = {}): Disconnect => ({
  code,
  origin: "stream",
  paired: true,
  intentional: false,
  ...more,
});

const backOff = (kind: Extract<Verdict, { type: "backOff" }>["kind"]): Verdict => ({ type: "backOff", kind });
const loggedOut: Verdict = { type: "permanent", state: "logged-out", session: "archive" };

const cases: readonly (readonly [string, Disconnect, Verdict])[] = [
  ["515 reconnects at once", disconnect(515), { type: "reconnectNow" }],
  ["428 backs off", disconnect(428), backOff("lost")],
  ["408 of a paired bot backs off", disconnect(408), backOff("lost")],
  [
    "408 of an unpaired bot asks for a new QR",
    disconnect(408, { paired: false }),
    { type: "pairingExpired", halfDone: false },
  ],
  [
    "408 with the end of the QR codes asks for a new QR",
    disconnect(408, { paired: false, reason: "QR refs attempts ended" }),
    { type: "pairingExpired", halfDone: false },
  ],
  [
    "408 of an unpaired bot that never reached the server backs off",
    disconnect(408, { paired: false, reason: "WebSocket Error (connect ECONNREFUSED)" }),
    backOff("lost"),
  ],
  ["503 of an open stream backs off", disconnect(503), backOff("lost")],
  ["501 of an open stream backs off", disconnect(501), backOff("lost")],
  ["501 at login backs off longer", disconnect(501, { origin: "failure" }), backOff("unavailable")],
  ["503 at login backs off longer", disconnect(503, { origin: "failure" }), backOff("unavailable")],
  ["500 of a stream keeps the session", disconnect(500), backOff("badSession")],
  ["500 at login backs off longer", disconnect(500, { origin: "failure" }), backOff("unavailable")],
  ["401 of a stream is a logout", disconnect(401), loggedOut],
  ["401 at login of a paired bot is a logout", disconnect(401, { origin: "failure" }), loggedOut],
  ["401 of the bot's own logout is a logout", disconnect(401, { intentional: true, origin: "local" }), loggedOut],
  [
    "401 of a half-done pairing code is a fresh pairing",
    disconnect(401, { paired: false, origin: "failure" }),
    { type: "pairingExpired", halfDone: true },
  ],
  ["401 of a send is no logout", disconnect(401, { origin: "send" }), backOff("lost")],
  ["440 is another owner of the session", disconnect(440), { type: "permanent", state: "replaced", session: "keep" }],
  ["402 waits until the ban ends", disconnect(402, { expiresAtMs: 99 }), { type: "wait", untilMs: 99 }],
  ["402 without an end waits all the same", disconnect(402), { type: "wait", untilMs: null }],
  [
    "403 is refused",
    disconnect(403, { origin: "failure" }),
    { type: "permanent", state: "refused", session: "archive" },
  ],
  ["406 is refused", disconnect(406), { type: "permanent", state: "refused", session: "archive" }],
  ["411 is refused and keeps the session", disconnect(411), { type: "permanent", state: "refused", session: "keep" }],
  ["405 is an outdated client", disconnect(405, { origin: "failure" }), backOff("outdated")],
  ["409 is a rejected client", disconnect(409), backOff("rejected")],
  ...[413, 414, 415, 416, 417, 418].map(
    (code) => [`${String(code)} is a rejected client`, disconnect(code), backOff("rejected")] as const,
  ),
  ["anything else backs off", disconnect(499), backOff("unknown")],
  ["not even a number backs off", disconnect(Number.NaN), backOff("unknown")],
];

describe("classifyDisconnect", () => {
  test.each(cases)("%s", (_title, given, verdict) => expect(classifyDisconnect(given)).toEqual(verdict));

  test("archives a session only when the server itself called it dead", () => {
    const codes = Array.from({ length: 700 }, (_, index) => index);
    const archiving = codes.filter((code) => {
      const verdict = classifyDisconnect(disconnect(code));
      return verdict.type === "permanent" && verdict.session === "archive";
    });
    expect(archiving).toEqual([401, 403, 406]);
  });
});

describe("explainDisconnect", () => {
  test("has a sentence for every row, and for codes nobody knows", () => {
    for (const { words } of DISCONNECT_ROWS) expect(words).toMatch(/^[A-Z].*\.$/);
    expect(explainDisconnect(disconnect(401))).toContain("unlinked");
    expect(explainDisconnect(disconnect(1234))).toMatch(/\.$/);
  });
});
