import { describe, expect, test } from "@jest/globals";
import { createLimits, DEFAULT_LIMITS, NO_LIMITS } from "./limits.ts";

const NOW = 10_000_000;

describe("the limits", () => {
  test("let a chat have its burst, and no other chat wait for it", () => {
    const limits = createLimits(DEFAULT_LIMITS);
    for (let count = 0; count < DEFAULT_LIMITS.chat.burst; count += 1) {
      expect(limits.chatWaitMs("a", false, NOW)).toBe(0);
      limits.take("a", false, NOW);
    }
    expect(limits.chatWaitMs("a", false, NOW)).toBe(DEFAULT_LIMITS.chat.everyMs);
    expect([limits.chatWaitMs("b", false, NOW), limits.overallWaitMs(NOW)]).toEqual([0, 0]);
  });

  test("bound all chats together", () => {
    const limits = createLimits(DEFAULT_LIMITS);
    for (let count = 0; count < DEFAULT_LIMITS.overall.burst; count += 1) limits.take(String(count), false, NOW);
    expect(limits.overallWaitMs(NOW)).toBe(DEFAULT_LIMITS.overall.everyMs);
    expect(limits.strangersWaitMs(NOW)).toBe(0);
  });

  test("are stricter for strangers, each and all", () => {
    const limits = createLimits(DEFAULT_LIMITS);
    limits.take("a", true, NOW);
    limits.take("a", true, NOW);
    expect(limits.chatWaitMs("a", true, NOW)).toBe(DEFAULT_LIMITS.stranger.everyMs);
    expect(limits.chatWaitMs("b", true, NOW)).toBe(0);
    limits.take("b", true, NOW);
    expect(limits.strangersWaitMs(NOW)).toBe(DEFAULT_LIMITS.strangers.everyMs);
  });

  test("forget a chat only once its bucket is full again", () => {
    const limits = createLimits(DEFAULT_LIMITS);
    limits.take("a", true, NOW);
    limits.take("a", true, NOW);
    limits.tidy(NOW + DEFAULT_LIMITS.stranger.everyMs);
    expect(limits.chatWaitMs("a", true, NOW)).toBe(DEFAULT_LIMITS.stranger.everyMs);
    limits.tidy(NOW + 2 * DEFAULT_LIMITS.stranger.everyMs);
    expect(limits.chatWaitMs("a", true, NOW)).toBe(0);
  });

  test("can be lifted", () => {
    const limits = createLimits(NO_LIMITS);
    for (let count = 0; count < 1000; count += 1) limits.take("a", true, NOW);
    const waits = [limits.overallWaitMs(NOW), limits.strangersWaitMs(NOW), limits.chatWaitMs("a", true, NOW)];
    expect(waits).toEqual([0, 0, 0]);
  });
});
