import { watchdogSettings } from "@blacksky/whatsapp";
import { expect, test } from "@jest/globals";
import { socketConfig, type SocketParts } from "./socket-config.ts";

test("Baileys' verdict on a silent connection comes after the watchdog's, also when that judges twice", () => {
  // None of the parts is looked at.
  const { keepAliveIntervalMs = 0 } = socketConfig({} as SocketParts, () => Promise.resolve(undefined));
  const { silenceMs, lookMs, probeDeadlineMs } = watchdogSettings(60_000);
  // What Baileys adds to its interval.
  const baileysMs = keepAliveIntervalMs + 5_000;
  expect(silenceMs + lookMs + 2 * probeDeadlineMs).toBeLessThan(baileysMs);
  expect(keepAliveIntervalMs).toBeLessThan(60_000);
});
