import { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { describe, expect, test } from "@jest/globals";
import { createReopening } from "./reopening.ts";

const failOnViolation = (error: Error): never => {
  throw error;
};

const setUp = (decide: () => Record<string, never> = () => ({})) => {
  const clock = createFakeClock();
  const ports = linkPorts();
  const runner = createChannel({ port: ports.parent, clock, onViolation: failOnViolation });
  const reasons: string[] = [];
  runner.handle(connection.reconnect, ({ reason }) => {
    reasons.push(reason);
    return decide();
  });
  const channel = createChannel({ port: ports.child, clock, onViolation: failOnViolation });
  const slot = { view: { socket: "open", generation: 7, since: 0 } } as const;
  return { clock, reasons, reopening: createReopening(channel, slot, clock) };
};

describe("a connection that a person wants anew", () => {
  test("is open when a later socket is, not the one that was there", async () => {
    const { clock, reasons, reopening } = setUp();
    const { opened } = await reopening.reconnect("asked for");
    reopening.opened(7);
    reopening.opened(9);
    expect(await opened).toBe(true);
    expect(reasons).toEqual(["asked for"]);
    expect(clock.pending).toBe(0);
  });

  test("is not waited for beyond a few minutes", async () => {
    const { clock, reopening } = setUp();
    const { opened } = await reopening.reconnect("asked for");
    reopening.opened(7);
    clock.advance(300_000);
    expect(await opened).toBe(false);
  });

  test("is refused in the words of whoever decides, and then nothing waits", async () => {
    const { clock, reopening } = setUp(() => {
      throw new BlackskyError("connection.held", "WhatsApp asked for a pause.", { hint: "Wait for it." });
    });
    await expect(reopening.reconnect("asked for")).rejects.toMatchObject({ code: "connection.held" });
    expect(clock.pending).toBe(0);
  });
});
