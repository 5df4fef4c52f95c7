import { describe, expect, jest, test } from "@jest/globals";
import { silenceLibsignal } from "./console-guard.ts";

const newConsole = () => ({ log: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn(), debug: jest.fn() });

describe("silenceLibsignal", () => {
  test("drops libsignal's lines and any session record, and lets everything else through", () => {
    const target = newConsole();
    const { info, warn, error } = target;
    silenceLibsignal(target);
    target.info("Closing session:", { secret: true });
    target.warn("Decrypted message with closed session.");
    target.error("Session error:SessionError: Bad MAC", "stack");
    target.info("anything", { currentRatchet: {}, indexInfo: {} });
    target.info("hello", { a: 1 });
    expect(warn).not.toHaveBeenCalled();
    expect(error).not.toHaveBeenCalled();
    expect(info.mock.calls).toEqual([["hello", { a: 1 }]]);
  });

  test("is undone completely, and does not undo what came later", () => {
    const target = newConsole();
    const { info } = target;
    const restore = silenceLibsignal(target);
    const later = jest.fn();
    target.warn = later;
    restore();
    expect(target.info).toBe(info);
    expect(target.warn).toBe(later);
  });
});
