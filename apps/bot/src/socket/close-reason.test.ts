import { describe, expect, test } from "@jest/globals";
import { readCloseReason } from "./close-reason.ts";

const boom = (message: string, statusCode: number, data?: unknown): Error =>
  Object.assign(new Error(message), { output: { statusCode }, data });

describe("readCloseReason", () => {
  test("takes the code of a stream error", () => {
    expect(readCloseReason(boom("Stream Errored (conflict)", 440), 0)).toEqual({
      code: 440,
      reason: "Stream Errored (conflict)",
      origin: "stream",
      intentional: false,
      expiresAt: null,
    });
  });

  test("tells a refused login and a QR that ran out from a broken stream", () => {
    expect(readCloseReason(boom("Connection Failure", 401), 0)).toMatchObject({ code: 401, origin: "failure" });
    expect(readCloseReason(boom("QR refs attempts ended", 408), 0)).toMatchObject({ code: 408, origin: "local" });
  });

  test("computes the end of a temporary ban", () => {
    const failure = (expire: string) => boom("Connection Failure", 402, { reason: "402", expire });
    expect(readCloseReason(failure("3600"), 1000).expiresAt).toBe(3_601_000);
    expect(readCloseReason(failure("1900000000"), 1000).expiresAt).toBe(1_900_000_000_000);
    expect(readCloseReason(failure("soon"), 1000).expiresAt).toBeNull();
  });

  test("marks our own logout as wanted", () => {
    expect(readCloseReason(boom("Intentional Logout", 401), 0)).toMatchObject({ code: 401, intentional: true });
  });

  test("falls back to 500 for what carries no code", () => {
    expect(readCloseReason(undefined, 0)).toMatchObject({ code: 500, reason: "" });
    expect(readCloseReason(new Error("noise"), 0)).toMatchObject({ code: 500, reason: "noise" });
  });
});
