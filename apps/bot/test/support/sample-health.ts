import type { Health } from "@blacksky/protocol";

const worker = { state: "running", pid: 1, restarts: 0, uptime: 60 } as const;

/** What the runner would say of a healthy tree. */
export const sampleHealth: Health = {
  status: "ok",
  timestamp: "2026-01-01T00:01:00Z",
  uptime: 60,
  version: "1.2.3",
  connection: {
    state: "open",
    since: "2026-01-01T00:00:00Z",
    reconnectAttempts: 0,
    lastDisconnect: null,
    lastActivityAt: "2026-01-01T00:00:59Z",
    uptime: { day: 99.98, week: null },
    disconnects: { 408: 1, 428: 12 },
    history: [],
  },
  session: {
    id: "TEST",
    paired: true,
    position: 5,
    replicatedPosition: 5,
    lagMs: 0,
    lastSnapshotAt: null,
    lease: { held: true, epoch: 1 },
    restoredFrom: "local",
    restoredAgeMs: 0,
    previousKey: null,
  },
  workers: { bot: worker, keeper: worker, backup: worker },
  queue: { pending: 0, retrying: 0, dead: 0, delivered: 3 },
  memory: {
    quotaMb: 512,
    usedMb: 150,
    level: "normal",
    percentages: { heapUsage: 20, systemUsage: 29 },
    processes: [],
    forecast: null,
  },
  memoryOptimizationEnabled: true,
  databaseConnected: true,
};
