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
    /** Until when a socket may be opened without further news; `null` where nobody else can have the session. */
    socketUntil: z.number().int().nonnegative().nullable(),
    lease: z.object({ held: z.boolean(), epoch: z.number().int().nonnegative() }),
    restoredFrom: restoredFrom.nullable(),
    /** How old the copy was that it came from, where that is known. */
    restoredAgeMs: z.number().nonnegative().nullable(),
  }),
);

/**
 * Runner to bot: the backup worker has the session ready on this disk; open it. Until then a bot has loaded its code and
 * no more, so that a standby takes over without starting processes.
 */
export const available = defineEvent("session.available", "parentToChild", z.object({}));

/**
 * Backup to runner: the session is another process's, or may be in a moment. Nobody may speak for it until the backup
 * worker is ready again. Told also by one that stands by, because of those who outlived its predecessor.
 */
export const leaseLost = defineEvent("session.leaseLost", "childToParent", z.object({ reason: z.string() }));
