import type { Health } from "@blacksky/protocol";
import type { MemoryForecast } from "../memory/forecast.ts";
import type { MemoryLevel } from "../memory/governor/state.ts";
import { sumOfUsage, type ChildView, type ProcessUsage } from "@blacksky/supervisor";
import type { News } from "./news.ts";

/** Everything the answer is made of; times in epoch milliseconds. */
export interface HealthSources {
  readonly now: number;
  readonly startedAt: number;
  readonly version: string;
  readonly sessionId: string;
  readonly news: News;
  readonly children: readonly ChildView[];
  readonly memory: {
    readonly quotaMb: number;
    readonly usage: readonly ProcessUsage[];
    readonly level: MemoryLevel;
    readonly forecast: MemoryForecast | null;
    readonly optimizationEnabled: boolean;
  };
}

type ConnectionState = Health["connection"]["state"];

/** States out of which the bot does not find by itself: a person has to do something. */
const NEEDS_A_PERSON: ReadonlySet<ConnectionState> = new Set(["logged-out", "replaced", "refused", "stopped"]);

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null | undefined): string | null => (at === null || at === undefined ? null : iso(at));
const seconds = (fromMs: number, toMs: number): number => Math.max(0, Math.round((toMs - fromMs) / 10) / 100);
const BYTES_PER_MB = 1024 * 1024;
const tenths = (value: number): number => Math.round(value * 10) / 10;
const percent = (part: number, whole: number): number => (whole > 0 ? Math.round((part / whole) * 100) : 0);

const describeConnection = ({ news, startedAt }: HealthSources): Health["connection"] => {
  const { connection, history, lastActivityAt } = news;
  const lastDisconnect = connection?.lastDisconnect ?? null;
  return {
    // Until the keeper speaks, the tree is on its way up or waits for its turn.
    state: connection?.state ?? (news.session?.phase === "standby" ? "standby" : "connecting"),
    since: iso(connection?.since ?? startedAt),
    reconnectAttempts: connection?.reconnectAttempts ?? 0,
    lastDisconnect: lastDisconnect && { ...lastDisconnect, at: iso(lastDisconnect.at) },
    lastActivityAt: isoOrNull(lastActivityAt),
    uptime: history.uptime,
    disconnects: history.disconnects,
    history: history.transitions.map((transition) => ({ ...transition, at: iso(transition.at) })),
  };
};

const describeSession = ({ news, sessionId }: HealthSources): Health["session"] => ({
  id: sessionId,
  paired: news.pairing.state === "paired",
  position: news.session?.position ?? 0,
  replicatedPosition: news.session?.replicatedPosition ?? 0,
  lagMs: news.session?.lagMs ?? 0,
  lastSnapshotAt: isoOrNull(news.session?.lastSnapshotAt),
  lease: news.session?.lease ?? { held: false, epoch: 0 },
  restoredFrom: news.session?.restoredFrom ?? null,
  restoredAgeMs: news.session?.restoredAgeMs ?? null,
  previousKey: news.session?.previousKey ?? null,
});

const describeWorker = (child: ChildView | undefined, now: number): Health["workers"]["bot"] => ({
  state: child?.state ?? "stopped",
  pid: child?.pid ?? null,
  restarts: child?.restarts ?? 0,
  uptime: child?.startedAt ? seconds(child.startedAt, now) : 0,
});

const describeMemory = ({ memory, news }: HealthSources): Health["memory"] => {
  const usedMb = sumOfUsage(memory.usage);
  let usedBytes = 0;
  let limitBytes = 0;
  for (const heap of news.heaps.values()) {
    usedBytes += heap.usedBytes;
    limitBytes += heap.limitBytes;
  }
  return {
    quotaMb: memory.quotaMb,
    usedMb: Math.round(usedMb),
    level: memory.level,
    percentages: { heapUsage: percent(usedBytes, limitBytes), systemUsage: percent(usedMb, memory.quotaMb) },
    processes: memory.usage.map(({ id, pid, mb }) => {
      const heap = news.heaps.get(id);
      return {
        name: id,
        pid,
        usedMb: tenths(mb),
        heapUsedMb: heap === undefined ? null : tenths(heap.usedBytes / BYTES_PER_MB),
        heapLimitMb: heap === undefined ? null : tenths(heap.limitBytes / BYTES_PER_MB),
      };
    }),
    forecast: memory.forecast,
  };
};

const judge = (health: Omit<Health, "status">): Health["status"] => {
  const workers = Object.values(health.workers);
  if (NEEDS_A_PERSON.has(health.connection.state) || workers.some(({ state }) => state === "failed")) return "error";
  const allWell =
    health.connection.state === "open" &&
    health.databaseConnected &&
    health.memory.level !== "critical" &&
    workers.every(({ state }) => state === "running");
  return allWell ? "ok" : "degraded";
};

/** The answer of `GET /health`, of `.status`, and what `/ready` goes by. */
export const describeHealth = (sources: HealthSources): Health => {
  const { now, news, children } = sources;
  const worker = (id: string): Health["workers"]["bot"] =>
    describeWorker(
      children.find((child) => child.id === id),
      now,
    );
  const rest: Omit<Health, "status"> = {
    timestamp: iso(now),
    uptime: seconds(sources.startedAt, now),
    version: sources.version,
    connection: describeConnection(sources),
    session: describeSession(sources),
    workers: { bot: worker("bot"), keeper: worker("keeper"), backup: worker("backup") },
    queue: news.queue,
    memory: describeMemory(sources),
    memoryOptimizationEnabled: sources.memory.optimizationEnabled,
    databaseConnected: news.session?.databaseConnected ?? false,
  };
  return { status: judge(rest), ...rest };
};
