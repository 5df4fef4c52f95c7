import { errorCode } from "@blacksky/errors";
import type { Carrier } from "@blacksky/outbox";
import type { Envelope, WhatsAppSocket } from "../socket/whatsapp-socket.ts";

/** What the outbox uses of a socket. */
export type OutboxSocket = Pick<WhatsAppSocket, "prepare" | "relay" | "refreshDevices" | "askRestriction">;

export interface CarrierOptions {
  /** Stores a message before its ciphertext leaves. */
  readonly remember: (envelope: Envelope) => Promise<void>;
  /** WhatsApp does not let this message out, before it was on the wire. */
  readonly onRefused: (messageId: string, code: string) => void;
  /** Nothing leaves this socket any more; news of its end is on its way. */
  readonly onGone: () => void;
}

const CLOSED = 428;
const NO_LEASE = "connection.noLease";
/** We are not in that group, there is none, or it is no longer there. */
const FINAL: ReadonlySet<unknown> = new Set([403, 404, 410]);

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** Whether the socket is gone, so that it says nothing about the message. */
const isGone = (error: unknown): boolean =>
  errorCode(error) === NO_LEASE || fieldOf(fieldOf(error, "output"), "statusCode") === CLOSED;

/** An open socket, as the outbox uses it. */
export const carrierOf = (socket: OutboxSocket, { remember, onRefused, onGone }: CarrierOptions): Carrier => {
  const relay = async (envelope: Envelope): Promise<void> => {
    try {
      await socket.relay(envelope);
    } catch (error) {
      // What Baileys asked the server for on the way was refused; its code stands where Boom keeps its data.
      const code = fieldOf(error, "data");
      if (FINAL.has(code)) onRefused(envelope.id, String(code));
      else if (isGone(error)) onGone();
      throw error;
    }
  };
  return {
    async prepare({ id, chat, text }) {
      const envelope = await socket.prepare({ id, chat, text, disappearsAfterS: 0 });
      return { remember: () => remember(envelope), relay: () => relay(envelope) };
    },
    refreshDevices: (chat) => socket.refreshDevices(chat),
    askRestriction: () => socket.askRestriction(),
  };
};
