import { describe, expect, test } from "@jest/globals";
import type { WASocket } from "@whiskeysockets/baileys";
import { createSessionMender } from "./session-mender.ts";

describe("renewing sessions", () => {
  const setUp = (fails: (jids: readonly string[]) => unknown) => {
    const asked: (readonly string[])[] = [];
    const ws = { isOpen: true };
    const assertSessions = async (jids: readonly string[], force: boolean): Promise<boolean> => {
      expect(force).toBe(true);
      asked.push(jids);
      const error = fails(jids);
      if (error !== undefined) throw error;
      return true;
    };
    const socket = { authState: {}, signalRepository: {}, ws, assertSessions };
    return { mender: createSessionMender(socket as unknown as WASocket), asked, ws };
  };

  test("asks for twenty at once, under the addresses that the sessions are for", async () => {
    const { mender, asked } = setUp(() => undefined);
    const addresses = [
      "1.0",
      "2_1.3",
      "3_128.99",
      "4_129.99",
      ...Array.from({ length: 20 }, (_, i) => `9${String(i)}.0`),
    ];
    expect(await mender.renewSessions(addresses)).toEqual([]);
    expect(asked.map(({ length }) => length)).toEqual([20, 4]);
    expect(asked[0]?.slice(0, 4)).toEqual(["1@s.whatsapp.net", "2:3@lid", "3:99@hosted", "4:99@hosted.lid"]);
  });

  test("finds out who is refused, and goes on with the others", async () => {
    const { mender } = setUp((jids) => (jids.includes("2@lid") ? new Error("item-not-found") : undefined));
    expect(await mender.renewSessions(["1_1.0", "2_1.0", "3_1.0"])).toEqual(["2_1.0"]);
  });

  test("gives up at once when the connection is gone or does not answer", async () => {
    const gone = setUp(() => new Error("Connection Closed"));
    gone.ws.isOpen = false;
    await expect(gone.mender.renewSessions(["1.0", "2.0"])).rejects.toThrow("Connection Closed");
    const silence = setUp(() => Object.assign(new Error("Timed Out"), { output: { statusCode: 408 } }));
    await expect(silence.mender.renewSessions(["1.0", "2.0"])).rejects.toThrow("Timed Out");
    expect([gone.asked.length, silence.asked.length]).toEqual([1, 1]);
  });
});
