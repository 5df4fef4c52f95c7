import { sliceFor, type EnvSource } from "@blacksky/config";
import type { ChildSpec } from "@blacksky/supervisor";

export type WorkerId = "backup" | "bot" | "keeper";

interface WorkerLimits {
  /** What Node may keep in its heap, in percent of the quota; at least and at most so many megabytes. */
  readonly heap: { readonly percent: number; readonly leastMb: number; readonly mostMb: number };
  /** How long it may take to start and to end. */
  readonly startMs: number | null;
  readonly shutdownMs: number;
}

const LIMITS: Record<WorkerId, WorkerLimits> = {
  // Waits for the lease as long as another dyno holds it, so its start has no deadline.
  backup: { heap: { percent: 19, leastMb: 64, mostMb: 256 }, startMs: null, shutdownMs: 10_000 },
  bot: { heap: { percent: 44, leastMb: 96, mostMb: 1024 }, startMs: 30_000, shutdownMs: 8_000 },
  keeper: { heap: { percent: 9, leastMb: 40, mostMb: 64 }, startMs: 15_000, shutdownMs: 2_000 },
};

const heapMbOf = ({ heap: { percent, leastMb, mostMb } }: WorkerLimits, quotaMb: number): number =>
  Math.min(mostMb, Math.max(leastMb, Math.round((quotaMb * percent) / 100)));

/** glibc keeps memory for each thread that ever asked for some. */
const ONE_ARENA = { MALLOC_ARENA_MAX: "1" };

/** In start order: the session is restored before the bot may open it, and nobody connects before the bot is there. */
const START_ORDER: readonly WorkerId[] = ["backup", "bot", "keeper"];

/**
 * How to run the three workers.
 *
 * @param scriptOf the bundle of a worker, as an absolute path
 * @param source the runner's environment; each child gets only its own slice of it
 * @param quotaMb what all processes may take together
 */
export const describeChildren = (scriptOf: (id: WorkerId) => string, source: EnvSource, quotaMb: number): ChildSpec[] =>
  START_ORDER.map((id) => ({
    id,
    script: scriptOf(id),
    nodeOptions: [`--max-old-space-size=${String(heapMbOf(LIMITS[id], quotaMb))}`],
    env: { ...ONE_ARENA, ...sliceFor(id, source) },
    restart: "permanent",
    startMs: LIMITS[id].startMs,
    shutdownMs: LIMITS[id].shutdownMs,
  }));
