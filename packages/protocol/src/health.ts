import { defineRequest } from "@blacksky/ipc";
import * as z from "zod";
import * as connection from "./connection.ts";
import { queueCounts } from "./outbox.ts";
import { previousKey, restoredFrom } from "./session.ts";

const isoTime = z.iso.datetime();

const worker = z.object({
  state: z.enum(["starting", "running", "backing-off", "stopping", "stopped", "failed"]),
  pid: z.number().int().nullable(),
  restarts: z.number().int().nonnegative(),
  /** Seconds since this generation started. */
  uptime: z.number().nonnegative(),
});

/** The body of `GET /health`: what monitors, people and `.status` read. No JID, number, key or address is in it. */
export const health = z.object({
  status: z.enum(["ok", "degraded", "error"]),
  timestamp: isoTime,
  /** Seconds since the runner started. */
  uptime: z.number().nonnegative(),
  version: z.string(),
  connection: z.object({
    state: connection.connectionState,
    since: isoTime,
    reconnectAttempts: z.number().int().nonnegative(),
    lastDisconnect: z.object({ code: z.number().int(), reason: z.string(), at: isoTime }).nullable(),
    lastActivityAt: isoTime.nullable(),
    /** How much of the last day and week it was open, in percent of the time that is known; `null` before anything is. */
    uptime: connection.uptime,
    /** How often it has ended, by code. */
    disconnects: connection.disconnects,
    /** The newest transitions, the newest last; each with how long the state before had lasted. */
    history: z.array(connection.transition.extend({ at: isoTime })).max(connection.TRANSITIONS_TOLD),
  }),
  session: z.object({
    id: z.string(),
    paired: z.boolean(),
    position: z.number().int().nonnegative(),
    replicatedPosition: z.number().int().nonnegative(),
    lagMs: z.number().nonnegative(),
    lastSnapshotAt: isoTime.nullable(),
    lease: z.object({ held: z.boolean(), epoch: z.number().int().nonnegative() }),
    /** Where the session came from at this start, and how old that copy was; `null` while it is not open yet. */
    restoredFrom: restoredFrom.nullable(),
    restoredAgeMs: z.number().nonnegative().nullable(),
    /** Whether SESSION_ENCRYPTION_KEY_PREVIOUS is still needed; `null` where none is set. */
    previousKey: previousKey.nullable(),
  }),
  workers: z.object({ bot: worker, keeper: worker, backup: worker }),
  queue: queueCounts,
  memory: z.object({
    quotaMb: z.number().positive(),
    usedMb: z.number().nonnegative(),
    level: z.enum(["normal", "high", "critical"]),
    percentages: z.object({ heapUsage: z.number(), systemUsage: z.number() }),
    /** Each process that runs: what the kernel counts for it, and what V8 says of its heap where it is a worker. */
    processes: z.array(
      z.object({
        name: z.string(),
        pid: z.number().int(),
        usedMb: z.number().nonnegative(),
        heapUsedMb: z.number().nonnegative().nullable(),
        heapLimitMb: z.number().positive().nullable(),
      }),
    ),
    /** Growth over the last hours, and when it will have filled the quota; `null` before enough is known. */
    forecast: z.object({ growthMbPerHour: z.number(), quotaInHours: z.number().nonnegative().nullable() }).nullable(),
  }),
  memoryOptimizationEnabled: z.boolean(),
  databaseConnected: z.boolean(),
});

export type Health = z.infer<typeof health>;

/** Any worker to runner: the same answer that `GET /health` gives. */
export const read = defineRequest("health.read", "childToParent", { body: z.object({}), reply: health });
