import { connection, health as healthMessages } from "@blacksky/protocol";
import type { Health } from "@blacksky/protocol";
import type { Metric, Sample } from "./render-metrics.ts";

const BYTES_PER_MB = 1024 * 1024;

const single = (type: "counter" | "gauge", name: string, help: string, value: number | null): Metric => ({
  name: `blacksky_${name}`,
  help,
  type,
  samples: value === null ? [] : [{ value }],
});
const gauge = (name: string, help: string, value: number | null): Metric => single("gauge", name, help, value);

/** One line for each state there is, 1 for the one that it is. */
const stateOf = (name: string, help: string, states: readonly string[], now: string): Metric => ({
  name: `blacksky_${name}`,
  help,
  type: "gauge",
  samples: states.map((state) => ({ labels: { state }, value: Number(state === now) })),
});

const labelled = (
  type: "counter" | "gauge",
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): Metric => ({
  name: `blacksky_${name}`,
  help,
  type,
  samples: Object.entries(values).map(([word, value]): Sample => ({ labels: { [label]: word }, value })),
});

const secondsSince = (time: string | null, now: string): number | null =>
  time === null ? null : Math.max(0, (Date.parse(now) - Date.parse(time)) / 1_000);

const describeConnection = ({ connection: now, timestamp }: Health): Metric[] => [
  stateOf("connection_state", "What the connection to WhatsApp does.", connection.connectionState.options, now.state),
  gauge("connection_reconnect_attempts", "Attempts to reconnect since it was last open.", now.reconnectAttempts),
  gauge(
    "connection_idle_seconds",
    "Since WhatsApp was last heard of; absent before.",
    secondsSince(now.lastActivityAt, timestamp),
  ),
  {
    ...gauge("connection_uptime_ratio", "How much of that time it was open, of what is known of it.", null),
    samples: Object.entries(now.uptime).flatMap(([window, percent]) =>
      percent === null ? [] : [{ labels: { window }, value: percent / 100 }],
    ),
  },
  labelled(
    "counter",
    "connection_disconnects_total",
    "How often it has ended, by WhatsApp's code; 0: it was not WhatsApp.",
    "code",
    now.disconnects,
  ),
];

const describeSession = ({ session, timestamp, databaseConnected }: Health): Metric[] => [
  gauge("session_paired", "1 when a phone has linked the bot.", Number(session.paired)),
  gauge("session_position", "Changes written to the session.", session.position),
  gauge("session_replicated_position", "How many of them PostgreSQL has.", session.replicatedPosition),
  gauge("session_replication_lag_seconds", "Age of the oldest change that it does not have.", session.lagMs / 1_000),
  gauge(
    "session_snapshot_age_seconds",
    "Since the last snapshot was taken; absent while there is none.",
    secondsSince(session.lastSnapshotAt, timestamp),
  ),
  gauge("session_lease_held", "1 while this instance may hold the socket.", Number(session.lease.held)),
  gauge("session_lease_epoch", "Grows with each change of hands.", session.lease.epoch),
  gauge(
    "session_previous_key_needed",
    "1 while SESSION_ENCRYPTION_KEY_PREVIOUS is needed; absent where none is set.",
    session.previousKey === null ? null : Number(session.previousKey === "needed"),
  ),
  gauge("database_connected", "1 while PostgreSQL answers.", Number(databaseConnected)),
];

const valuesOf = <T>(workers: Readonly<Record<string, T>>, read: (worker: T) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(workers).map(([id, worker]) => [id, read(worker)]));

const bytesOrNull = (mb: number | undefined): number | null => (mb === undefined ? null : mb * BYTES_PER_MB);
const secondsOrNull = (hours: number | null | undefined): number | null =>
  hours === null || hours === undefined ? null : hours * 3600;

const describeProcesses = ({ workers, memory }: Health): Metric[] => [
  labelled(
    "gauge",
    "worker_running",
    "1 while the worker runs.",
    "worker",
    valuesOf(workers, ({ state }) => Number(state === "running")),
  ),
  labelled(
    "counter",
    "worker_restarts_total",
    "How often the worker was replaced.",
    "worker",
    valuesOf(workers, ({ restarts }) => restarts),
  ),
  gauge("memory_used_bytes", "Of all processes together.", memory.usedMb * BYTES_PER_MB),
  labelled(
    "gauge",
    "process_memory_bytes",
    "Of each process.",
    "process",
    Object.fromEntries(memory.processes.map(({ name, usedMb }) => [name, usedMb * BYTES_PER_MB])),
  ),
  gauge("memory_growth_bytes_per_hour", "Over the last hours.", bytesOrNull(memory.forecast?.growthMbPerHour)),
  gauge(
    "memory_full_in_seconds",
    "When growth will have filled the quota, if it goes on.",
    secondsOrNull(memory.forecast?.quotaInHours),
  ),
  gauge("memory_quota_bytes", "What they may take together.", memory.quotaMb * BYTES_PER_MB),
  gauge("heap_used_ratio", "Of the workers' heaps, of their limits.", memory.percentages.heapUsage / 100),
];

const describeQueue = ({ queue: { delivered, ...waiting } }: Health): Metric[] => [
  labelled("gauge", "queue_messages", "Messages that wait, are tried again, or were given up.", "state", waiting),
  single("counter", "messages_delivered_total", "Messages that WhatsApp has accepted.", delivered),
];

/** What `GET /health` says, as numbers. Labels have few values, and none is of a person or a key. */
export const describeHealthMetrics = (now: Health): Metric[] => [
  {
    ...gauge("build_info", "Always 1; the label says which build runs.", null),
    samples: [{ labels: { version: now.version }, value: 1 }],
  },
  gauge("uptime_seconds", "Since the runner started.", now.uptime),
  stateOf("health_status", "The verdict of /health.", healthMessages.health.shape.status.options, now.status),
  ...describeConnection(now),
  ...describeSession(now),
  ...describeProcesses(now),
  ...describeQueue(now),
];
