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

/** Anybody to backup: take a snapshot now, for `reason`. Replies when it is written. */
export const snapshot = defineRequest("session.snapshot", "peer", {
  body: z.object({ reason: z.string().min(1).max(100) }),
  reply: z.object({ id: z.string() }),
});

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
  }),
);

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
