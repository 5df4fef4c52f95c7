import type { WASocket } from "@whiskeysockets/baileys";
import type { Clock } from "@blacksky/machine";
import { rawSocketOf } from "./gate-writes.ts";

/** How long the other side may take for the closing handshake; Baileys itself would wait half a minute. */
const CLOSING_GRACE_MS = 1500;

/**
 * Ends a socket whatever state it is in, half-open ones included: what the event buffer holds is told first (it has
 * been acknowledged to the server and would be lost), then the closing handshake, then the cut, also when Baileys is
 * closing by itself already. Never `ws.close()` alone, which leaks the socket, and no logout.
 */
export const endSocket = async (socket: WASocket, clock: Clock): Promise<void> => {
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
