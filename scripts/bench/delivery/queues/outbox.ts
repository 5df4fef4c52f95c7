import { createTestLogger } from "@blacksky/logger/testing";
import { delay, systemClock } from "@blacksky/machine";
import { createOutbox, NO_LIMITS, type Carrier } from "@blacksky/outbox";
import { notificationIdOf } from "@blacksky/protocol";
import { openStore, storePath } from "@blacksky/store";
import { randomBytes } from "node:crypto";
import { SESSION_ID, startBackupWorker } from "../../session/backup-worker.ts";
import { makeFolder } from "../../session/key-stores.ts";
import type { Job, OpenQueue } from "./job-queue.ts";

/** How often the bot tells the backup worker that something has changed. */
const NEWS_EVERY_MS = 100;
const LOOK_MS = 2;

const messageIdOf = (id: string): string => `3EB0${id.slice(-18).toUpperCase()}`;

/** Ours, which has no settings for batches: what happens in one turn of the event loop is committed together. On a store that the backup worker replicates into this database meanwhile. Whatever is sent is accepted at once. */
export const openOutbox: OpenQueue = async (databaseUrl, { inHand }) => {
  const folder = makeFolder("outbox");
  const key = randomBytes(32).toString("hex");
  const worker = await startBackupWorker({ dataDir: folder.path, databaseUrl, key });
  const store = openStore({ path: storePath(folder.path, SESSION_ID) });
  const outbox = createOutbox({
    store,
    clock: systemClock,
    random: Math.random,
    log: createTestLogger(),
    messageIdOf,
    owner: undefined,
    isKnown: () => true,
    onCounts: () => undefined,
    onChange: () => undefined,
    onFailure(error) {
      throw error;
    },
    limits: NO_LIMITS,
    capacity: { maxExecuting: inHand },
  });
  const carrier: Carrier = {
    prepare: async ({ id }) => ({
      remember: async () => undefined,
      relay: async () => void setImmediate(() => outbox.acknowledged(id, undefined)),
    }),
    refreshDevices: async () => undefined,
    askRestriction: async () => undefined,
  };
  let told = 0;
  const news = setInterval(() => {
    const { position } = store;
    if (position !== told) worker.changed(position);
    told = position;
  }, NEWS_EVERY_MS);
  const add = ({ key: name, to, text }: Job): Promise<unknown> =>
    outbox.enqueue(notificationIdOf(SESSION_ID, name), { to, text, key: name, priority: 5 });
  return {
    add,
    addBatch: (jobs) => Promise.all(jobs.map(add)),
    async process(count) {
      const { delivered } = outbox.counts;
      outbox.opened(carrier);
      while (outbox.counts.delivered < delivered + count) await delay(systemClock, LOOK_MS);
      outbox.closed();
      // What was noted last is committed by now or with this.
      await store.write([]);
    },
    // As the other bot finds it that takes over.
    replicate: () => worker.flush(),
    async close() {
      clearInterval(news);
      await outbox.close();
      await store.close();
      await worker.stop();
      folder.remove();
    },
  };
};
