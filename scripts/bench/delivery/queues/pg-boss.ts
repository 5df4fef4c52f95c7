import PgBoss from "pg-boss";
import { BATCH, type Job, type JobQueue } from "./job-queue.ts";

const QUEUE = "notifications";

/** pg-boss without the half second that its own worker waits between two batches. */
export const openPgBoss = async (databaseUrl: string): Promise<JobQueue> => {
  const boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
  boss.on("error", (error) => {
    throw error;
  });
  await boss.start();
  await boss.createQueue(QUEUE);
  return {
    add: ({ key, ...data }) => boss.send(QUEUE, data, { singletonKey: key }),
    addBatch: (jobs) => boss.insert(jobs.map(({ key, ...data }) => ({ name: QUEUE, data, singletonKey: key }))),
    async process(count) {
      for (let left = count; left > 0;) {
        const jobs = await boss.fetch<Job>(QUEUE, { batchSize: BATCH });
        if (jobs.length === 0) continue;
        await boss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
        left -= jobs.length;
      }
    },
    close: () => boss.stop({ graceful: false }),
  };
};
