import type { TroubleRules } from "./trouble.ts";

/** Who can tell that a trouble is over: the connection to WhatsApp, the database, the workers, the outbox, or the tree as a whole. */
export type TroubleSource = "connection" | "database" | "workers" | "outbox" | "tree";

export interface TroubleKind extends TroubleRules {
  readonly source: TroubleSource;
  /** What is told when it is over. */
  readonly over: string;
}

const MINUTE_MS = 60_000;
const CONNECTED = "The bot is connected to WhatsApp again.";

/** A connection that comes and goes is no recovery. */
const ofConnection: TroubleKind = { source: "connection", patienceMs: 0, settleMs: MINUTE_MS, over: CONNECTED };

const KINDS: ReadonlyMap<string, TroubleKind> = new Map<string, TroubleKind>([
  // One that looks open and is dead looks open again each time.
  ["connection-dead", { ...ofConnection, settleMs: 10 * MINUTE_MS }],
  [
    "database-down",
    {
      source: "database",
      // A fail-over or a restart of PostgreSQL is over by then.
      patienceMs: 5 * MINUTE_MS,
      settleMs: MINUTE_MS / 2,
      over: "PostgreSQL answers again; what waited on this disk is replicated.",
    },
  ],
  [
    "worker-crashing",
    {
      source: "workers",
      patienceMs: 0,
      settleMs: 10 * MINUTE_MS,
      over: "No worker has ended unexpectedly for ten minutes.",
    },
  ],
  ["dead-letters", { source: "outbox", patienceMs: 0, settleMs: 0, over: "No message lies there given up any more." }],
  ["gave-up", { source: "tree", patienceMs: 0, settleMs: MINUTE_MS, over: "The bot runs again." }],
]);

/** How a kind of trouble goes; what a worker raises and nobody here has heard of is about the connection. */
export const troubleKind = (kind: string): TroubleKind => KINDS.get(kind) ?? ofConnection;
