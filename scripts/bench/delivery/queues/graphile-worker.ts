import { delay, systemClock } from "@blacksky/machine";
import { Logger, makeWorkerUtils, run, type RunnerOptions } from "graphile-worker";
import type { OpenQueue } from "./job-queue.ts";

const TASK = "notify";
const silent = new Logger(() => () => undefined);

/** Looks this often whether nothing is left. */
const LOOK_MS = 2;

/** graphile-worker; in batches as its notes on performance say, fetched ahead and completed together. */
export const openGraphileWorker: OpenQueue = async (databaseUrl, { inHand, inBatches }) => {
  const utils = await makeWorkerUtils({ connectionString: databaseUrl, logger: silent });
  await utils.migrate();
  // A job that was completed is deleted.
  const isEmpty = (): Promise<boolean> =>
    utils.withPgClient(async (client) => {
      const { rows } = await client.query<{ left: boolean }>(
        "select exists (select from graphile_worker.jobs) as left",
      );
      return rows[0]?.left === false;
    });
  return {
    add: ({ key, ...payload }) => utils.addJob(TASK, payload, { jobKey: key }),
    addBatch: (jobs) => utils.addJobs(jobs.map(({ key, ...payload }) => ({ identifier: TASK, payload, jobKey: key }))),
    async process() {
      const preset: NonNullable<RunnerOptions["preset"]> = {
        worker: {
          concurrentJobs: inHand,
          ...(inBatches ? { localQueue: { size: inHand }, completeJobBatchDelay: 0 } : {}),
        },
      };
      const runner = await run({
        connectionString: databaseUrl,
        logger: silent,
        noHandleSignals: true,
        preset,
        taskList: { [TASK]: async () => undefined },
      });
      while (!(await isEmpty())) await delay(systemClock, LOOK_MS);
      await runner.stop();
    },
    async close() {
      await utils.release();
    },
  };
};
