import { defineEvent, defineRequest } from "@blacksky/ipc";
import * as z from "zod";

const position = z.number().int().nonnegative();

/** Bot to backup: the store has moved on. A hint only; the feed itself says what changed. */
export const changed = defineEvent("session.changed", "peer", z.object({ position }));

/** Anybody to backup: write every dirty record. Replies when the position is durable in PostgreSQL. */
export const flush = defineRequest("session.flush", "peer", {
  body: z.object({ deadlineMs: z.number().int().positive() }),
  reply: z.object({ position }),
});

const count = z.number().int().nonnegative();
const snapshotId = z.string().min(1).max(100);
const places = z.array(z.enum(["database", "disk"]));

/** Anybody to backup: take a snapshot now, for `reason`. Replies when it is written, with the places that have it. */
export const snapshot = defineRequest("session.snapshot", "peer", {
  body: z.object({ reason: z.string().min(1).max(100) }),
  reply: z.object({ id: snapshotId, recordCount: count, bytes: count, places }),
});

/** No list is longer; an older snapshot can be restored by its whole id all the same. */
export const SNAPSHOT_LIST_LIMIT = 200;

/** One snapshot. Of a damaged file no more is known than its name; a content is looked at only when it is restored. */
export const listedSnapshot = z.discriminatedUnion("readable", [
  z.object({
    readable: z.literal(true),
    id: snapshotId,
    /** Epoch milliseconds. */
    createdAt: z.number().int(),
    reason: z.string().max(100),
    position,
    epoch: count,
    recordCount: count,
    bytes: count,
    places,
  }),
  z.object({ readable: z.literal(false), id: snapshotId, places }),
]);

export type ListedSnapshot = z.infer<typeof listedSnapshot>;

/**
 * Anybody to backup: which snapshots are there? The newest first, damaged files last. `unread` names the places that
 * could not be looked into now.
 */
export const snapshots = defineRequest("session.snapshots", "peer", {
  body: z.object({}),
  reply: z.object({ snapshots: z.array(listedSnapshot).max(SNAPSHOT_LIST_LIMIT), unread: places }),
});

export type SnapshotList = z.infer<typeof snapshots.reply>;

/**
 * Anybody to backup: put this snapshot in the place of the session that is here. Refused unless `force` says that what
 * came after it may be lost. Replies with the snapshot's position when it is known to be whole, a snapshot of what is
 * here was taken, and the order is written; then everything restarts, and the order is carried out at the start.
 */
export const restore = defineRequest("session.restore", "peer", {
  body: z.object({ id: snapshotId, force: z.boolean() }),
  reply: z.object({ position }),
});

const leaving = { body: z.object({}), reply: z.object({ snapshot: snapshotId }) };

/** Runner to bot: take a snapshot, unlink the bot at WhatsApp, and begin to pair anew. Replies with the snapshot's id. */
export const logOut = defineRequest("session.logOut", "parentToChild", leaving);

/** Runner to bot: take a snapshot, put the session aside without a word to WhatsApp, and begin to pair anew. */
export const clear = defineRequest("session.clear", "parentToChild", leaving);

/**
 * Anybody to backup: see that everything is sealed with the present key. Replies when all of it was read back with that
 * key alone: so many records of the replica, snapshots in PostgreSQL and files; `unreadable` names what is damaged.
 */
export const rekey = defineRequest("session.rekey", "peer", {
  body: z.object({ deadlineMs: z.number().int().positive() }),
  reply: z.object({
    records: count,
    snapshots: count,
    files: count,
    unreadable: z.array(z.string()),
  }),
});

/** Whether SESSION_ENCRYPTION_KEY_PREVIOUS is still needed. */
export const previousKey = z.enum(["needed", "removable"]);

/** An `Expiry` of the machine package: parent and children read the same two clocks. */
const expiry = z.object({ epochMs: z.number().nonnegative(), monotonicMs: z.number() });

/** The rung of the restore ladder that a session came from. */
export const restoredFrom = z.enum(["local", "replica", "snapshot", "backup-file", "fresh"]);

/** Backup to runner: how safe the session is. Times in epoch milliseconds. */
export const statusChanged = defineEvent(
  "session.statusChanged",
  "childToParent",
  z.object({
    phase: z.enum(["standby", "restoring", "active"]),
    databaseConnected: z.boolean(),
    position,
    replicatedPosition: position,
    lagMs: z.number().nonnegative(),
    lastSnapshotAt: z.number().int().nullable(),
    /** While `active`, until when a socket may live without further news; `null` where nobody else can have the session. */
    socketUntil: expiry.nullable(),
    lease: z.object({ held: z.boolean(), epoch: z.number().int().nonnegative() }),
    restoredFrom: restoredFrom.nullable(),
    /** How old the copy was that it came from, where that is known. */
    restoredAgeMs: z.number().nonnegative().nullable(),
    /** `null` where no previous key is set. */
    previousKey: previousKey.nullable(),
  }),
);

export type SessionStatus = z.infer<typeof statusChanged.body>;

/**
 * Runner to bot: the backup worker has the session ready on this disk; open it. Until then a bot has loaded its code and
 * no more, so that a standby takes over without starting processes.
 */
export const available = defineEvent("session.available", "parentToChild", z.object({}));

/**
 * Backup to runner: the session is another process's, or may be once `socketUntil` has passed. Nobody may speak for it
 * until the backup worker is ready again. Told also by one that stands by, because of those who outlived its predecessor.
 */
export const leaseLost = defineEvent(
  "session.leaseLost",
  "childToParent",
  z.object({ reason: z.string(), socketUntil: expiry }),
);

/**
 * Runner to bot: until when it may hold a socket, by the newest word of the backup worker; `null`: for ever. The bot cuts
 * its socket then, whoever else still lives. Until the first one comes it may have none.
 */
export const socketAllowed = defineEvent(
  "session.socketAllowed",
  "parentToChild",
  z.object({ until: expiry.nullable() }),
);

/**
 * Runner to backup, before a socket is opened: if the lease has run out with the database out of sight, ask once more.
 * Replies when that is settled, and `session.leaseLost` has come before if it was lost.
 */
export const confirmLease = defineRequest("session.confirmLease", "parentToChild", {
  body: z.object({}),
  reply: z.object({}),
});

/** Runner to backup: WhatsApp has given the session to another socket (440), so somebody else has it. */
export const rivalMet = defineEvent("session.rivalMet", "parentToChild", z.object({}));
