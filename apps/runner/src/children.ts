import { sliceFor, type EnvSource } from "@blacksky/config";
import type { ChildSpec } from "@blacksky/supervisor";

export type WorkerId = "backup" | "bot" | "keeper";

/** What Node may keep in each worker's heap, in megabytes, and how long each may take to start and to end. */
const LIMITS: Record<WorkerId, { heapMb: number; startMs: number | null; shutdownMs: number }> = {
  // Waits for the lease as long as another dyno holds it, so its start has no deadline.
  backup: { heapMb: 96, startMs: null, shutdownMs: 10_000 },
  bot: { heapMb: 224, startMs: 30_000, shutdownMs: 8_000 },
  keeper: { heapMb: 48, startMs: 15_000, shutdownMs: 2_000 },
};

/** In start order: the session is restored before the bot may open it, and nobody connects before the bot is there. */
const START_ORDER: readonly WorkerId[] = ["backup", "bot", "keeper"];

/**
 * How to run the three workers.
 *
 * @param scriptOf the bundle of a worker, as an absolute path
 * @param source the runner's environment; each child gets only its own slice of it
 */
export const describeChildren = (scriptOf: (id: WorkerId) => string, source: EnvSource): ChildSpec[] =>
  START_ORDER.map((id) => ({
    id,
    script: scriptOf(id),
    nodeOptions: [`--max-old-space-size=${String(LIMITS[id].heapMb)}`],
    env: sliceFor(id, source),
    restart: "permanent",
    startMs: LIMITS[id].startMs,
    shutdownMs: LIMITS[id].shutdownMs,
  }));
