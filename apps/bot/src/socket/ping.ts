import { BlackskyError } from "@blacksky/errors";
import type { Clock } from "@blacksky/machine";
import { S_WHATSAPP_NET, type BinaryNode, type WASocket } from "@whiskeysockets/baileys";

/**
 * A round trip to WhatsApp, in milliseconds. Its answer also says that everything written before has arrived.
 *
 * @throws BlackskyError `connection.probeTimedOut`
 */
export const ping = async (socket: Pick<WASocket, "query">, clock: Clock, deadlineMs: number): Promise<number> => {
  const startedAt = clock.monotonic();
  const query: BinaryNode = {
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "w:p" },
    content: [{ tag: "ping", attrs: {} }],
  };
  const answer: unknown = await socket.query(query, deadlineMs);
  if (answer === undefined) {
    const text = `WhatsApp did not answer a ping within ${String(deadlineMs)} ms.`;
    throw new BlackskyError("connection.probeTimedOut", text);
  }
  return clock.monotonic() - startedAt;
};
