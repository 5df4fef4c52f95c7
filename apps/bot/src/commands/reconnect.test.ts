import { BlackskyError } from "@blacksky/errors";
import { createFakeClock } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import { sampleContext } from "../../test/support/sample-context.ts";
import type { CommandContext } from "./command.ts";
import { reconnect } from "./reconnect.ts";

const setUp = (more: Partial<CommandContext> = {}) => {
  const clock = createFakeClock(1_000_000);
  const steps: string[] = [];
  let settle = (_isOpen: boolean): void => undefined;
  const opened = new Promise<boolean>((resolve) => (settle = resolve));
  const context = sampleContext(clock, {
    isOwner: true,
    reply: (text) => {
      steps.push(text);
      return Promise.resolve({ status: "accepted" });
    },
    reconnect: () => {
      steps.push("(order)");
      return Promise.resolve({ opened });
    },
    ...more,
  });
  const settled = async (isOpen: boolean): Promise<void> => {
    settle(isOpen);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { clock, steps, context, settled };
};

describe("the command reconnect", () => {
  test("answers before the socket goes, ends at once, and says when it is back", async () => {
    const { clock, steps, context, settled } = setUp();
    await reconnect.run(context);
    expect(steps).toEqual(["Reconnecting. I tell you when I am back.", "(order)"]);
    clock.advance(1_230);
    await settled(true);
    expect(steps.at(-1)).toBe("I am connected again, after 1.2 s.");
  });

  test("says nothing more when no connection came", async () => {
    const { steps, context, settled } = setUp();
    await reconnect.run(context);
    await settled(false);
    expect(steps).toHaveLength(2);
  });

  test("tells a refusal in its words", async () => {
    const held = new BlackskyError("connection.held", "WhatsApp asked for a pause.", { hint: "Wait for it." });
    const { steps, context } = setUp({ reconnect: () => Promise.reject(held) });
    await reconnect.run(context);
    expect(steps.at(-1)).toBe("WhatsApp asked for a pause. Wait for it.");
  });

  test("is not obeyed late: the connection it was meant for is gone", async () => {
    const { steps, context } = setUp();
    await reconnect.run({ ...context, message: { ...context.message, backlog: true } });
    expect(steps).toEqual([expect.stringContaining("while I was away")]);
    expect(reconnect.ownerOnly).toBe(true);
  });
});
