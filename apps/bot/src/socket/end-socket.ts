import type { WASocket } from "@whiskeysockets/baileys";
import type { Clock } from "@blacksky/machine";

/** How long the other side may take for the closing handshake; Baileys itself would wait half a minute. */
const CLOSING_GRACE_MS = 1500;

/** Baileys hides the websocket in a protected field and offers no way to cut it. */
const cut = (socket: WASocket): void => {
  const raw: unknown = Reflect.get(socket.ws, "socket");
  if (typeof raw !== "object" || raw === null || !("terminate" in raw)) return;
  if (typeof raw.terminate === "function") raw.terminate();
};

/**
 * Ends a socket whatever state it is in, half-open ones included: what the event buffer holds is told first (it has
 * been acknowledged to the server and would be lost), then the closing handshake, then the cut, also when Baileys is
 * closing by itself already. Never `ws.close()` alone, which leaks the socket, and no logout.
 */
export const endSocket = async (socket: WASocket, clock: Clock): Promise<void> => {
  socket.ev.flush();
  clock.startTimer(CLOSING_GRACE_MS, () => cut(socket));
  await socket.end(undefined);
};

/**
 * Tells WhatsApp to unlink this device, and ends the socket; `closed` follows with 401. Rejects when it could not be told:
 * then the socket is as it was.
 */
export const logOutSocket = async (socket: WASocket, clock: Clock): Promise<void> => {
  socket.ev.flush();
  await socket.logout();
  clock.startTimer(CLOSING_GRACE_MS, () => cut(socket));
};
