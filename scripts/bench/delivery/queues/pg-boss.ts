import PgBoss from "pg-boss";
import type { Job, OpenQueue } from "./job-queue.ts";

const QUEUE = "notifications";

/** pg-boss without the half second that its own worker waits between two batches. */
export const openPgBoss: OpenQueue = async (databaseUrl, { inHand, inBatches }) => {
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
      let left = count;
      const work = async (): Promise<void> => {
        while (left > 0) {
          const jobs = await boss.fetch<Job>(QUEUE, { batchSize: inBatches ? inHand : 1 });
          const ids = jobs.map(({ id }) => id);
          if (ids.length > 0) await boss.complete(QUEUE, ids);
          left -= ids.length;
        }
      };
      await Promise.all(Array.from({ length: inBatches ? 1 : inHand }, work));
    },
    close: () => boss.stop({ graceful: false }),
  };
};
