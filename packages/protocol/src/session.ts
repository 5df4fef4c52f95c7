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
    lease: z.object({ held: z.boolean(), epoch: z.number().int().nonnegative() }),
    restoredFrom: z.enum(["local", "replica", "fresh"]).nullable(),
  }),
);
