import type { TestServer } from "@blacksky/postgres/testing";
import { quantile, record, type Limit, type Samples } from "../session/figures.ts";
import { openGraphileWorker } from "./queues/graphile-worker.ts";
import { BATCH, type Job, type JobQueue } from "./queues/job-queue.ts";
import { openOutbox } from "./queues/outbox.ts";
import { openPgBoss } from "./queues/pg-boss.ts";

export interface ThroughputSizes {
  /** Jobs added one by one, whose times are taken. */
  readonly singly: number;
  /** Jobs added and processed in batches. */
  readonly inBatches: number;
}

const CHATS = 500;
const TEXT = "Your parcel is on its way and will arrive between 14:00 and 16:00. Reply STOP to get no such messages.";
const IN_FLIGHT = 10;

const makeJobs = (count: number, series: string): Job[] =>
  Array.from({ length: count }, (_, at) => ({
    key: `${series}-${String(at)}`,
    to: String(4_915_552_000_000 + (at % CHATS)),
    text: `${TEXT} (${String(at)})`,
  }));

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/** Adds jobs with so many under way; the time each took. */
const addSingly = async (queue: JobQueue, jobs: readonly Job[], inFlight: number): Promise<number[]> => {
  const left = [...jobs];
  const took: number[] = [];
  const add = async (): Promise<void> => {
    for (let job = left.pop(); job !== undefined; job = left.pop()) {
      const next = job;
      took.push(await timed(() => queue.add(next)));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, add));
  return took;
};

const NAMES = { ours: "ours", pgBoss: "pg-boss", graphile: "graphile-worker" } as const;
type Name = (typeof NAMES)[keyof typeof NAMES];

const enqueueOf = (name: Name, inFlight: number): string => `${name}: enqueue, ${String(inFlight)} in flight, p99 ms`;
const enqueuedOf = (name: Name): string => `${name}: enqueued a second`;
const processedOf = (name: Name): string => `${name}: processed a second`;
const BETTER = {
  enqueued: "the better of both: enqueued a second",
  processed: "the better of both: processed a second",
};

/** What the figures are held against. */
export const THROUGHPUT_LIMITS: readonly Limit[] = [
  { name: "enqueue, one in flight, p99 ms", figure: enqueueOf(NAMES.ours, 1), atMost: 5 },
  { name: "enqueue, ten in flight, p99 ms", figure: enqueueOf(NAMES.ours, IN_FLIGHT), atMost: 5 },
  { name: "enqueued a second / the better", figure: enqueuedOf(NAMES.ours), of: BETTER.enqueued, atLeast: 2 },
  { name: "processed a second / the better", figure: processedOf(NAMES.ours), of: BETTER.processed, atLeast: 2 },
];

/** Resolves with how many were enqueued and processed a second, all of it in PostgreSQL in the end. */
const measureQueue = async (
  samples: Samples,
  name: Name,
  queue: JobQueue,
  { singly, inBatches }: ThroughputSizes,
): Promise<{ readonly enqueued: number; readonly processed: number }> => {
  const replicate = async (): Promise<void> => queue.replicate?.();
  for (const inFlight of [1, IN_FLIGHT]) {
    const took = await addSingly(queue, makeJobs(singly, `single-${String(inFlight)}`), inFlight);
    record(samples, enqueueOf(name, inFlight), quantile(took, 0.99));
  }
  await queue.process(2 * singly);
  await replicate();
  const jobs = makeJobs(inBatches, "batch");
  const adding = await timed(async () => {
    for (let at = 0; at < jobs.length; at += BATCH) await queue.addBatch(jobs.slice(at, at + BATCH));
    await replicate();
  });
  const processing = await timed(async () => {
    await queue.process(inBatches);
    await replicate();
  });
  const rates = { enqueued: (1000 * inBatches) / adding, processed: (1000 * inBatches) / processing };
  record(samples, enqueuedOf(name), rates.enqueued);
  record(samples, processedOf(name), rates.processed);
  return rates;
};

const OPEN: Readonly<Record<Name, (databaseUrl: string) => Promise<JobQueue>>> = {
  [NAMES.ours]: openOutbox,
  [NAMES.pgBoss]: openPgBoss,
  [NAMES.graphile]: openGraphileWorker,
};

/**
 * How fast jobs go into and through each queue, in batches of the same size, on the same PostgreSQL, in turns. Ours keeps the
 * order of each chat besides, which the others are not asked for.
 */
export const measureThroughput = async (
  samples: Samples,
  database: TestServer,
  rounds: number,
  sizes: ThroughputSizes,
): Promise<void> => {
  const measure = async (name: Name) => {
    const queue = await OPEN[name](await database.createDatabase());
    try {
      return await measureQueue(samples, name, queue, sizes);
    } finally {
      await queue.close();
    }
  };
  for (let round = 0; round < rounds; round++) {
    await measure(NAMES.ours);
    const [boss, graphile] = [await measure(NAMES.pgBoss), await measure(NAMES.graphile)];
    record(samples, BETTER.enqueued, Math.max(boss.enqueued, graphile.enqueued));
    record(samples, BETTER.processed, Math.max(boss.processed, graphile.processed));
  }
};
