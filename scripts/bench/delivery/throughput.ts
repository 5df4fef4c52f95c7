import type { TestServer } from "@blacksky/postgres/testing";
import { quantile, record, type Limit, type Samples } from "../session/figures.ts";
import { openGraphileWorker } from "./queues/graphile-worker.ts";
import type { Job, JobQueue, OpenQueue, WorkSettings } from "./queues/job-queue.ts";
import { openOutbox } from "./queues/outbox.ts";
import { openPgBoss } from "./queues/pg-boss.ts";

export interface ThroughputSizes {
  /** Jobs added one by one, whose times are taken. */
  readonly singly: number;
  /** Jobs added and processed in batches. */
  readonly inBatches: number;
  /** Jobs that go through each queue before: what runs for weeks is not measured in its first second. */
  readonly warmUp: number;
}

type Way = "one by one" | "in batches";

const CHATS = 500;
const TEXT = "Your parcel is on its way and will arrive between 14:00 and 16:00. Reply STOP to get no such messages.";
const IN_FLIGHT = 16;
const BATCH = 50;
/** How the queues are used: job by job, with several in hand; and in batches. */
const WAYS: Readonly<Record<Way, WorkSettings>> = {
  "one by one": { inHand: IN_FLIGHT, inBatches: false },
  "in batches": { inHand: BATCH, inBatches: true },
};

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

const NAMES = { ours: "ours", pgBoss: "pg-boss", graphile: "graphile-worker", better: "the better of both" } as const;
type Name = (typeof NAMES)[keyof typeof NAMES];

const enqueueOf = (name: Name, inFlight: number): string => `${name}: enqueue, ${String(inFlight)} in flight, p99 ms`;
const enqueuedOf = (name: Name, way: Way): string => `${name}: enqueued a second, ${way}`;
const processedOf = (name: Name, way: Way): string => `${name}: processed a second, ${way}`;

/** What the figures are held against. */
export const THROUGHPUT_LIMITS: readonly Limit[] = [
  ...[1, IN_FLIGHT].map((inFlight) => ({
    name: `enqueue, ${String(inFlight)} in flight, p99 ms`,
    figure: enqueueOf(NAMES.ours, inFlight),
    atMost: 5,
  })),
  ...(["one by one", "in batches"] as const).flatMap((way) =>
    [enqueuedOf, processedOf].map((figureOf) => ({
      name: `${figureOf(NAMES.ours, way)} / the better`,
      figure: figureOf(NAMES.ours, way),
      of: figureOf(NAMES.better, way),
      atLeast: 2,
    })),
  ),
];

interface Rates {
  readonly enqueued: number;
  readonly processed: number;
}

/** Resolves with how many were enqueued and processed a second, all of it in PostgreSQL in the end. */
const rate = async (queue: JobQueue, count: number, add: () => Promise<unknown>): Promise<Rates> => {
  const inPostgres = async (work: () => Promise<unknown>): Promise<number> => {
    const took = await timed(async () => {
      await work();
      await queue.replicate?.();
    });
    return (1000 * count) / took;
  };
  return { enqueued: await inPostgres(add), processed: await inPostgres(() => queue.process(count)) };
};

const addInBatches = async (queue: JobQueue, jobs: readonly Job[]): Promise<void> => {
  for (let at = 0; at < jobs.length; at += BATCH) await queue.addBatch(jobs.slice(at, at + BATCH));
};

const warmUp = async (queue: JobQueue, count: number): Promise<void> => {
  await addInBatches(queue, makeJobs(count, "first"));
  await queue.process(count);
  await queue.replicate?.();
};

const measureOneByOne = async (samples: Samples, name: Name, queue: JobQueue, count: number): Promise<Rates> => {
  record(samples, enqueueOf(name, 1), quantile(await addSingly(queue, makeJobs(count, "alone"), 1), 0.99));
  await queue.process(count);
  await queue.replicate?.();
  return rate(queue, count, async () => {
    const took = await addSingly(queue, makeJobs(count, "together"), IN_FLIGHT);
    record(samples, enqueueOf(name, IN_FLIGHT), quantile(took, 0.99));
  });
};

const measureBatches = (queue: JobQueue, count: number): Promise<Rates> => {
  const jobs = makeJobs(count, "batch");
  return rate(queue, count, () => addInBatches(queue, jobs));
};

const OPEN: Readonly<Record<Exclude<Name, typeof NAMES.better>, OpenQueue>> = {
  [NAMES.ours]: openOutbox,
  [NAMES.pgBoss]: openPgBoss,
  [NAMES.graphile]: openGraphileWorker,
};

/**
 * How fast jobs go into and through each queue, on the same PostgreSQL and with the same settings, in turns. Ours keeps the
 * order of each chat besides, which the others are not asked for.
 */
export const measureThroughput = async (
  samples: Samples,
  database: TestServer,
  rounds: number,
  { singly, inBatches, warmUp: before }: ThroughputSizes,
): Promise<void> => {
  const measure = async (name: keyof typeof OPEN, way: Way): Promise<Rates> => {
    const queue = await OPEN[name](await database.createDatabase(), WAYS[way]);
    try {
      await warmUp(queue, before);
      const rates = await (way === "in batches"
        ? measureBatches(queue, inBatches)
        : measureOneByOne(samples, name, queue, singly));
      record(samples, enqueuedOf(name, way), rates.enqueued);
      record(samples, processedOf(name, way), rates.processed);
      return rates;
    } finally {
      await queue.close();
    }
  };
  for (let round = 0; round < rounds; round++) {
    for (const way of ["one by one", "in batches"] as const) {
      await measure(NAMES.ours, way);
      const others = [await measure(NAMES.pgBoss, way), await measure(NAMES.graphile, way)];
      record(samples, enqueuedOf(NAMES.better, way), Math.max(...others.map(({ enqueued }) => enqueued)));
      record(samples, processedOf(NAMES.better, way), Math.max(...others.map(({ processed }) => processed)));
    }
  }
};
