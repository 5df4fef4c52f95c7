import type { Entry } from "@blacksky/inbox";
import type { Restriction } from "@blacksky/outbox";
import type { proto } from "@whiskeysockets/baileys";
import type { IncomingMessage, QuotableMessage } from "./incoming-message.ts";
import type { CloseReason } from "./close-reason.ts";
import type { Arrivals } from "./count-arrivals.ts";
import type { SessionMender } from "./session-mender.ts";

/** What is to be sent. `id` is ours to choose: the same id is shown once by every recipient. */
export interface Draft {
  readonly id: string;
  /** Where it goes: a PN, LID or group JID. */
  readonly chat: string;
  readonly text: string;
  readonly quoted?: QuotableMessage;
  /** Seconds after which the chat's messages disappear; 0 in an ordinary chat. */
  readonly disappearsAfterS: number;
}

/** A draft in WhatsApp's form, ready to be encrypted as often as needed. */
export interface Envelope {
  readonly id: string;
  readonly chat: string;
  readonly content: proto.IMessage;
  /** The content, encoded. */
  readonly bytes: Uint8Array;
}

/** The only view of a Baileys socket outside this folder. */
export interface WhatsAppSocket {
  /** The bot's own account, a phone-number JID without the device; empty before it is linked. */
  readonly account: string;
  prepare(draft: Draft): Promise<Envelope>;
  /** Encrypts and writes; resolves when it is on the wire, which says nothing of the server. */
  relay(envelope: Envelope): Promise<void>;
  /**
   * A round trip to WhatsApp, in milliseconds.
   *
   * @throws BlackskyError `connection.probeTimedOut`
   */
  probe(deadlineMs: number): Promise<number>;
  /** What has arrived on it so far, of whatever kind. */
  readonly arrivals: Arrivals;
  /** The phone-number JID behind a LID, as far as this session has learnt it. */
  phoneOfLid(lid: string): Promise<string | undefined>;
  /** Asks for a pairing code for that phone number (digits with country code). */
  requestPairingCode(number: string): Promise<string>;
  /** Asks for the devices of everybody in a chat, and forgets those that were known. */
  refreshDevices(chat: string): Promise<void>;
  /** Asks whether, and until when, the account may not write to strangers; `restricted` is told the answer. */
  askRestriction(): Promise<void>;
  /** What a session restored without its last changes needs. */
  readonly mender: SessionMender;
  /** A message that was read before; `undefined` where no person wrote it. Raises what Baileys raises. */
  readEntry(entry: Entry): IncomingMessage | undefined;
  /**
   * Takes no further messages: they stay with the server, for the next socket. Resolves when those already taken have
   * been acknowledged and told; sending goes on.
   */
  closeToMessages(): Promise<void>;
  /**
   * Takes nothing any more, waits a moment for the server to have every acknowledgement, and ends the socket without
   * logging out. Resolves when it is gone; `closed` is told before.
   */
  end(): Promise<void>;
  /** Unlinks this device at WhatsApp and ends the socket; `closed` is told soon after. Rejects when nothing was told. */
  logOut(): Promise<void>;
  /** Cuts it without a word to the server: nothing leaves it after this. What it has received is told before this returns. */
  cut(): void;
}

/** What a socket tells. Nothing is told after `closed`. */
export interface SocketHooks {
  /** A QR to show, and when it stops working. */
  readonly qrShown: (qr: string, expiresAt: number) => void;
  /** The phone has confirmed the link. */
  readonly paired: () => void;
  readonly opened: () => void;
  readonly closed: (reason: CloseReason) => void;
  /** Settles, without ever failing, when nothing is left to do for them. */
  readonly received: (messages: readonly IncomingMessage[]) => Promise<unknown>;
  /** The server's answer to a message: accepted, or refused with a code. */
  readonly acknowledged: (id: string, refusal: string | undefined) => void;
  /** These messages of ours have reached somebody. */
  readonly delivered: (ids: readonly string[]) => void;
  /** WhatsApp has said whether, and until when, the account may not write to strangers. */
  readonly restricted: (restriction: Restriction) => void;
  /** Something arrived. */
  readonly active: () => void;
  readonly credsChanged: () => void;
}
