import { describe, expect, test } from "@jest/globals";
import type { Life } from "@blacksky/machine";
import type { WASocket } from "@whiskeysockets/baileys";
import { gateWrites } from "./gate-writes.ts";

type Done = (error?: Error) => void;

const setUp = () => {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const raw = {
    send: (frame: string, done?: Done) => {
      written.push(frame);
      done?.();
    },
    ping: () => void written.push("ping"),
    pong: () => void written.push("pong"),
    terminate: () => undefined,
  };
  const permit = {
    life: "running" as Life,
    look: () => permit.life,
    whenClear: (work: () => void) => waiting.push(work),
  };
  // Only the websocket of a socket is touched.
  gateWrites({ ws: { socket: raw } } as unknown as WASocket, permit);
  const send = (frame: string): string[] => {
    const outcome: string[] = [];
    raw.send(frame, (error) => outcome.push(error?.message ?? "sent"));
    return outcome;
  };
  return { raw, permit, written, waiting, send };
};

describe("the gate before the wire", () => {
  test("lets everything through under the lease", () => {
    const { raw, written, send } = setUp();
    expect(send("a")).toEqual(["sent"]);
    raw.ping();
    raw.pong();
    expect(written).toEqual(["a", "ping", "pong"]);
  });

  test("lets nothing through without it, and says so to whoever wrote", () => {
    const { raw, permit, written, send } = setUp();
    permit.life = "over";
    expect(send("a")).toEqual([expect.stringContaining("the lease on the session is not ours")]);
    raw.ping();
    raw.pong();
    expect(written).toEqual([]);
  });

  test("holds frames back in doubt, and lets them out in their order", () => {
    const { permit, written, waiting, send } = setUp();
    permit.life = "doubtful";
    const outcomes = [send("a"), send("b")];
    expect([written, outcomes]).toEqual([[], [[], []]]);
    for (const work of waiting) work();
    expect([written, outcomes]).toEqual([
      ["a", "b"],
      [["sent"], ["sent"]],
    ]);
  });

  test("refuses a socket it cannot guard", () => {
    expect(() => gateWrites({ ws: {} } as unknown as WASocket, setUp().permit)).toThrow("cannot be guarded");
  });
});
