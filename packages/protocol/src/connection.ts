import { defineEvent, defineRequest } from "@blacksky/ipc";
import * as z from "zod";

const nothing = z.object({});
const generation = z.number().int().nonnegative();
const epochMs = z.number().int().nonnegative();

/** The public names of the connection's states, as `/health` shows them. */
export const connectionState = z.enum([
  "standby",
  "pairing",
  "connecting",
  "open",
  "backing-off",
  "logged-out",
  "replaced",
  "refused",
  "stopped",
]);

/** Why the last socket ended: WhatsApp's code and plain words. */
export const lastDisconnect = z.object({ code: z.number().int(), reason: z.string(), at: epochMs });

/** Keeper, or the bot in its place, to everybody: the connection as it is now. Times in epoch milliseconds. */
export const changed = defineEvent(
  "connection.changed",
  "peer",
  z.object({
    state: connectionState,
    since: epochMs,
    reconnectAttempts: z.number().int().nonnegative(),
    nextAttemptAt: epochMs.nullable(),
    lastDisconnect: lastDisconnect.nullable(),
  }),
);

/** How many transitions are told, out of those that are kept: `/health` stays small. */
export const TRANSITIONS_TOLD = 20;

/** One change of the connection's state. `code` is WhatsApp's where a connection ended (0: it was not WhatsApp). */
export const transition = z.object({
  from: connectionState,
  to: connectionState,
  code: z.number().int().nullable(),
  reason: z.string(),
  at: epochMs,
  durationMs: z.number().int().nonnegative(),
});

const percent = z.number().min(0).max(100).nullable();

/** How much of the last day and week it was open, in percent of the time that is known; `null` before anything is. */
export const uptime = z.object({ day: percent, week: percent });

/** How often connections have ended, by code. */
export const disconnects = z.record(z.string(), z.number().int().positive());

/** Bot to runner, at each change and once a minute: what has become of the connection, the newest last. */
export const historyChanged = defineEvent(
  "connection.historyChanged",
  "childToParent",
  z.object({ transitions: z.array(transition).max(TRANSITIONS_TOLD), uptime, disconnects }),
);

/** What WhatsApp last held against the session, as the bot has kept it with the session. Times in epoch milliseconds. */
export const standing = z.object({
  kind: z.enum(["replaced", "refused", "temporaryBan", "outdated", "rejected"]),
  code: z.number().int(),
  atMs: epochMs,
  untilMs: epochMs.nullable(),
  times: z.number().int().positive(),
  previousAtMs: epochMs.nullable(),
  isOver: z.boolean(),
});

/** Bot to keeper: a bot process is up, holds no socket and awaits `connection.connect`. */
export const executorStarted = defineEvent("connection.executorStarted", "peer", nothing);

/** Runner to keeper: the bot process is gone, and its socket with it. */
export const executorLost = defineEvent("connection.executorLost", "parentToChild", nothing);

/** Runner to bot: the keeper process is gone. Another one gives orders soon, or the bot decides for itself. */
export const keeperLost = defineEvent("connection.keeperLost", "parentToChild", nothing);

/** Bot to runner, before it connects without the keeper. Refused with `connection.noLease`. */
export const mayConnect = defineRequest("connection.mayConnect", "childToParent", { body: nothing, reply: nothing });

/** Bot to keeper: this socket shows a QR or pairing code and waits for the phone. */
export const pairingStarted = defineEvent("connection.pairingStarted", "peer", z.object({ generation }));

/** Bot to keeper: this socket is logged in and open. */
export const socketOpened = defineEvent("connection.socketOpened", "peer", z.object({ generation }));

/** Bot to keeper: this socket has ended. `code` is Baileys' DisconnectReason; `expiresAt` comes with a temporary ban. */
export const socketClosed = defineEvent(
  "connection.socketClosed",
  "peer",
  z.object({
    generation,
    code: z.number().int(),
    reason: z.string(),
    origin: z.enum(["stream", "failure", "send", "local"]),
    paired: z.boolean(),
    intentional: z.boolean(),
    expiresAt: epochMs.nullable(),
  }),
);

/** Bot to runner, at most once a second: something arrived from WhatsApp. */
export const activitySeen = defineEvent("connection.activitySeen", "childToParent", z.object({ at: epochMs }));

/**
 * Keeper to bot: open a socket, until `notAfterMs` on the clock that nobody sets. Refused with `connection.busy` while another
 * one lives, with `connection.late` when nobody waits for it any more. What WhatsApp held against the session until `resumedAt` is
 * forgotten: a person said so.
 */
export const connect = defineRequest("connection.connect", "peer", {
  body: z.object({ generation, notAfterMs: z.number(), resumedAt: epochMs.nullable() }),
  reply: nothing,
});

/** Keeper to bot: end the socket without logging out. Replies when it is gone. */
export const end = defineRequest("connection.end", "peer", {
  body: z.object({ generation, reason: z.string() }),
  reply: nothing,
});

/** Keeper to bot: cut the socket, whose other side is not there any more. Replies when it is gone. */
export const cut = defineRequest("connection.cut", "peer", {
  body: z.object({ generation, reason: z.string() }),
  reply: nothing,
});

/** Keeper to bot: what is there now? Lets a restarted keeper adopt an open socket, and a verdict. */
export const describe = defineRequest("connection.describe", "peer", {
  body: nothing,
  reply: z.object({
    socket: z.enum(["none", "connecting", "pairing", "open"]),
    generation,
    since: epochMs,
    paired: z.boolean(),
    standing: standing.nullable(),
  }),
});

/** Keeper to bot: how busy is the connection? `pending`: messages worked on, or without the server's word. */
export const traffic = defineRequest("connection.traffic", "peer", {
  body: nothing,
  reply: z.object({ lastMessageAt: epochMs.nullable(), pending: z.number().int().nonnegative() }),
});

/** Anybody to keeper: end the socket and open a new one. */
export const reconnect = defineRequest("connection.reconnect", "peer", {
  body: z.object({ reason: z.string() }),
  reply: nothing,
});

/** Runner to keeper: somebody looks at the pairing page. Brings a code where none is made for want of somebody to use it. */
export const pairingWanted = defineEvent("connection.pairingWanted", "peer", nothing);

/** Runner to bot: what WhatsApp held against the session until `at` is forgotten; a person said so. */
export const overrule = defineRequest("connection.overrule", "parentToChild", {
  body: z.object({ at: epochMs }),
  reply: nothing,
});

/**
 * Keeper to bot: how are you, and your socket? `socket` is null while none is open; `frames` counts what has arrived on it, of
 * whatever kind; `lagMs` is how long the event loop was blocked lately; `sending` is true while a message is on its way.
 */
export const vitals = defineRequest("connection.vitals", "peer", {
  body: nothing,
  reply: z.object({
    socket: z
      .object({ generation, frames: z.number().int().nonnegative(), silentMs: z.number().nonnegative() })
      .nullable(),
    lagMs: z.number().nonnegative(),
    sending: z.boolean(),
  }),
});

/** Keeper to bot: a round trip to WhatsApp and back. Fails with `connection.probeTimedOut` when it takes longer. */
export const probe = defineRequest("connection.probe", "peer", {
  body: z.object({ deadlineMs: z.number().int().positive() }),
  reply: z.object({ rttMs: z.number().nonnegative() }),
});
