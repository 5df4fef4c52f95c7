import type { WASocket } from "@whiskeysockets/baileys";
import type { Clock } from "@blacksky/machine";
import { waitAtMost } from "../wait-at-most.ts";
import { rawSocketOf } from "./gate-writes.ts";
import type { IncomingGate } from "./incoming-gate.ts";
import { ping } from "./ping.ts";

/** How long what was let in may take to be finished: its receipt is written, and the bot told of it. */
const FINISHING_GRACE_MS = 500;
/** How long the server may take to say that it has everything. */
const SETTLING_GRACE_MS = 1000;
/** How long the other side may take for the closing handshake; Baileys itself would wait half a minute. */
const CLOSING_GRACE_MS = 1500;

/**
 * The server takes what we write in its order: once it answers this ping it has every receipt before it. Without that a
 * socket that is cut leaves messages that were read and count as unread, which nobody can read a second time.
 */
const waitUntilSettled = async (socket: WASocket, gate: IncomingGate, clock: Clock): Promise<void> => {
  await waitAtMost(clock, FINISHING_GRACE_MS, gate.close());
  // A dead connection is no reason not to end it.
  if (gate.used && socket.ws.isOpen) await waitAtMost(clock, SETTLING_GRACE_MS, ping(socket, clock, SETTLING_GRACE_MS));
};

/**
 * Ends a socket whatever state it is in, half-open ones included: lets nothing in any more, finishes what is inside and
 * waits until the server has the receipts, tells what the event buffer holds (it would be lost), then the closing
 * handshake, then the cut, also when Baileys is closing by itself already. Never `ws.close()` alone, which leaks the
 * socket, and never a logout.
 */
export const endSocket = async (socket: WASocket, gate: IncomingGate, clock: Clock): Promise<void> => {
  await waitUntilSettled(socket, gate, clock);
  socket.ev.flush();
  clock.startTimer(CLOSING_GRACE_MS, () => rawSocketOf(socket)?.terminate());
  await socket.end(undefined);
};

/**
 * Tells WhatsApp to unlink this device, and ends the socket; `closed` follows with 401. Rejects when it could not be told:
 * then the socket is as it was.
 */
export const logOutSocket = async (socket: WASocket, clock: Clock): Promise<void> => {
  socket.ev.flush();
  await socket.logout();
  clock.startTimer(CLOSING_GRACE_MS, () => rawSocketOf(socket)?.terminate());
};

/**
 * Cuts a socket now: nothing leaves any more when this returns. What the event buffer holds is told all the same, in the
 * same turn; Baileys ends by itself when it notices.
 */
export const cutSocket = (socket: WASocket): void => {
  rawSocketOf(socket)?.terminate();
  socket.ev.flush();
};
