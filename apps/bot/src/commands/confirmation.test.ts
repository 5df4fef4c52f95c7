import { describe, expect, test } from "@jest/globals";
import { createFakeClock } from "@blacksky/machine";
import { CONFIRMATION_MS, createConfirmations } from "./confirmation.ts";

const OWNER = { chat: "1@lid", person: "1@lid" };

const setUp = () => {
  const clock = createFakeClock(1000);
  let last = 1000;
  const confirmations = createConfirmations(clock, () => String((last += 1)));
  return { clock, confirmations };
};

describe("a confirmation", () => {
  test("works once, for who was asked", () => {
    const { clock, confirmations } = setUp();
    const code = confirmations.ask(OWNER, "logout");
    clock.advance(CONFIRMATION_MS - 1);
    expect(confirmations.redeem(OWNER, "logout", code)).toBe("confirmed");
    expect(confirmations.redeem(OWNER, "logout", code)).toBe("unknown");
  });

  test("does not work after its time", () => {
    const { clock, confirmations } = setUp();
    const code = confirmations.ask(OWNER, "logout");
    clock.advance(CONFIRMATION_MS);
    expect(confirmations.redeem(OWNER, "logout", code)).toBe("expired");
    expect(confirmations.redeem(OWNER, "logout", code)).toBe("unknown");
  });

  test("is not to be guessed: one wrong code, and it has to be asked for again", () => {
    const { confirmations } = setUp();
    const code = confirmations.ask(OWNER, "logout");
    expect(confirmations.redeem(OWNER, "logout", "9999")).toBe("wrong");
    expect(confirmations.redeem(OWNER, "logout", code)).toBe("unknown");
  });

  test("works for no other command and no other snapshot", () => {
    const { confirmations } = setUp();
    expect(confirmations.redeem(OWNER, "clearsession", confirmations.ask(OWNER, "logout"))).toBe("wrong");
    expect(confirmations.redeem(OWNER, "restore b", confirmations.ask(OWNER, "restore a"))).toBe("wrong");
  });

  test("is neither used nor used up by another person, or in another chat", () => {
    const { confirmations } = setUp();
    const code = confirmations.ask(OWNER, "logout");
    expect(confirmations.redeem({ ...OWNER, person: "2@lid" }, "logout", code)).toBe("unknown");
    expect(confirmations.redeem({ ...OWNER, chat: "1@g.us" }, "logout", code)).toBe("unknown");
    expect(confirmations.redeem(OWNER, "logout", code)).toBe("confirmed");
  });

  test("counts no longer when another one was asked for", () => {
    const { confirmations } = setUp();
    const first = confirmations.ask(OWNER, "logout");
    const second = confirmations.ask(OWNER, "logout");
    expect(confirmations.redeem(OWNER, "logout", first)).toBe("wrong");
    expect(confirmations.redeem(OWNER, "logout", second)).toBe("unknown");
  });
});
