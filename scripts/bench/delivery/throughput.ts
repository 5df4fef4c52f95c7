import type { TestServer } from "@blacksky/postgres/testing";
import { quantile, record, type Samples } from "../session/figures.ts";
import { openGraphileWorker } from "./queues/graphile-worker.ts";
import { BATCH, type Job, type JobQueue } from "./queues/job-queue.ts";
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

const measureQueue = async (
  samples: Samples,
  name: string,
  queue: JobQueue,
  { singly, inBatches }: ThroughputSizes,
): Promise<void> => {
  for (const inFlight of [1, IN_FLIGHT]) {
    const took = await addSingly(queue, makeJobs(singly, `single-${String(inFlight)}`), inFlight);
    record(samples, `${name}: enqueue, ${String(inFlight)} in flight, p99 ms`, quantile(took, 0.99));
  }
  await queue.process(2 * singly);
  const jobs = makeJobs(inBatches, "batch");
  const adding = await timed(async () => {
    for (let at = 0; at < jobs.length; at += BATCH) await queue.addBatch(jobs.slice(at, at + BATCH));
  });
  record(samples, `${name}: enqueued a second`, (1000 * inBatches) / adding);
  const processing = await timed(() => queue.process(inBatches));
  record(samples, `${name}: processed a second`, (1000 * inBatches) / processing);
};

const QUEUES: Readonly<Record<string, (databaseUrl: string) => Promise<JobQueue>>> = {
  "pg-boss": openPgBoss,
  "graphile-worker": openGraphileWorker,
};

/** How fast jobs go into and through each queue, in batches of the same size, on the same PostgreSQL, in turns. */
export const measureThroughput = async (
  samples: Samples,
  database: TestServer,
  rounds: number,
  sizes: ThroughputSizes,
): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    for (const [name, open] of Object.entries(QUEUES)) {
      const queue = await open(await database.createDatabase());
      try {
        await measureQueue(samples, name, queue, sizes);
      } finally {
        await queue.close();
      }
    }
  }
};
