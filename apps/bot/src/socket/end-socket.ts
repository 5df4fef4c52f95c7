import type { WASocket } from "@whiskeysockets/baileys";
import type { Clock } from "@blacksky/machine";
import type { IncomingGate } from "./incoming-gate.ts";
import { waitAtMost } from "../wait-at-most.ts";
import { ping } from "./ping.ts";

/** How long what was let in may take to be finished: its receipt is written, and the bot told of it. */
const FINISHING_GRACE_MS = 500;
/** How long the server may take to say that it has everything. */
const SETTLING_GRACE_MS = 1000;
/** How long the other side may take for the closing handshake; Baileys itself would wait half a minute. */
const CLOSING_GRACE_MS = 1500;

/** Baileys hides the websocket in a protected field and offers no way to cut it. */
const cut = (socket: WASocket): void => {
  const raw: unknown = Reflect.get(socket.ws, "socket");
  if (typeof raw !== "object" || raw === null || !("terminate" in raw)) return;
  if (typeof raw.terminate === "function") raw.terminate();
};

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
  clock.startTimer(CLOSING_GRACE_MS, () => cut(socket));
  await socket.end(undefined);
};
