import type { Clock } from "@blacksky/machine";
import type { BinaryNode, ConnectionState, WASocket } from "@whiskeysockets/baileys";
import { readCloseReason } from "./close-reason.ts";
import type { GroupCache } from "./group-cache.ts";
import type { IncomingGate } from "./incoming-gate.ts";
import { readIncoming } from "./incoming-message.ts";
import { readRestriction } from "./read-restriction.ts";
import { arrivedIds } from "./receipt-ids.ts";
import type { SocketHooks } from "./whatsapp-socket.ts";
import { waitAtMost } from "../wait-at-most.ts";

/** How long Baileys shows the first QR of a socket, and each further one. */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
const UNAVAILABLE = 503;
/** An answer that takes longer, for want of a connection or because it is long work, keeps nobody else waiting. */
const OCCUPIED_MS = 5000;

/**
 * A proxy or an overloaded server answered the websocket upgrade with an HTTP error. Baileys listens for that event and
 * does nothing, which keeps `ws` from giving up by itself: the socket would hang for ever.
 */
const endOnRefusedUpgrade = (socket: WASocket): void => {
  socket.ws.on("unexpected-response", (_request: unknown, response: { readonly statusCode?: number }) => {
    const status = String(response.statusCode ?? "?");
    const refusal = new Error(`The server refused the connection with HTTP ${status}`);
    // The shape of a Boom, which is how Baileys carries codes.
    void socket.end(Object.assign(refusal, { output: { statusCode: UNAVAILABLE } }));
  });
};

const forwardAcks = (socket: WASocket, hooks: SocketHooks): void => {
  // The only place where a good acknowledgement can be seen: Baileys' own events tell of bad ones alone.
  socket.ws.on("CB:ack,class:message", ({ attrs }: BinaryNode) => {
    if (attrs["id"] !== undefined) hooks.acknowledged(attrs["id"], attrs["error"]);
  });
};

const forwardReceipts = (socket: WASocket, hooks: SocketHooks): void => {
  socket.ws.on("CB:receipt", (receipt: BinaryNode) => {
    const ids = arrivedIds(receipt);
    if (ids.length > 0) hooks.delivered(ids);
  });
};

const forwardConnection = (socket: WASocket, hooks: SocketHooks, clock: Clock): void => {
  let qrMs = FIRST_QR_MS;
  socket.ev.on("connection.update", (update: Partial<ConnectionState>) => {
    const { qr, isNewLogin, connection, lastDisconnect, reachoutTimeLock } = update;
    if (reachoutTimeLock !== undefined) hooks.restricted(readRestriction(reachoutTimeLock));
    if (qr !== undefined) {
      hooks.qrShown(qr, clock.now() + qrMs);
      qrMs = NEXT_QR_MS;
    }
    if (isNewLogin === true) hooks.paired();
    if (connection === "open") hooks.opened();
    if (connection === "close") {
      // Messages in the buffer have been acknowledged to the server; after this event Baileys throws them away.
      socket.ev.flush();
      hooks.closed(readCloseReason(lastDisconnect?.error, clock.now()));
    }
  });
};

/** Where the events of a socket go to. */
export interface EventTargets {
  readonly hooks: SocketHooks;
  readonly groups: GroupCache;
  readonly gate: IncomingGate;
}

/** Translates the events of a Baileys socket for `hooks`, keeps the group cache honest and tells the gate what is taken. */
export const forwardEvents = (socket: WASocket, { hooks, groups, gate }: EventTargets, clock: Clock): void => {
  endOnRefusedUpgrade(socket);
  forwardAcks(socket, hooks);
  forwardReceipts(socket, hooks);
  forwardConnection(socket, hooks, clock);
  socket.ws.on("frame", () => hooks.active());
  // Baileys' own listener, the first, has already merged the change into the creds.
  socket.ev.on("creds.update", () => hooks.credsChanged());
  socket.ev.on("messages.upsert", ({ messages, type }) => {
    const me = { id: socket.user?.id, lid: socket.user?.lid };
    // What says nothing here may be told again with more, or be half of what was read before: the rescuer puts it aside.
    const told = messages.flatMap((message) => readIncoming(message, type, me) ?? []);
    const answered = hooks.received(told);
    gate.occupy(waitAtMost(clock, OCCUPIED_MS, answered));
  });
  socket.ev.on("groups.update", (updates) => {
    for (const { id } of updates) if (id !== undefined) groups.forget(id);
  });
  socket.ev.on("group-participants.update", ({ id }) => groups.forget(id));
};
