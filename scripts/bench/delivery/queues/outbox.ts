import { createTestLogger } from "@blacksky/logger/testing";
import { delay, systemClock } from "@blacksky/machine";
import { createOutbox, NO_LIMITS, type Carrier, type Handed } from "@blacksky/outbox";
import { notificationIdOf } from "@blacksky/protocol";
import { openStore, storePath } from "@blacksky/store";
import { randomBytes } from "node:crypto";
import { SESSION_ID, startBackupWorker } from "../../session/backup-worker.ts";
import { makeFolder } from "../../session/key-stores.ts";
import type { Job, OpenQueue } from "./job-queue.ts";

const LOOK_MS = 2;

/** Asks for one flush after the other while something is written, as a bot does whose answers say that PostgreSQL has it. */
const keepReplicating = (flush: () => Promise<void>) => {
  let isBehind = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (isBehind) {
      isBehind = false;
      await flush();
    }
    running = undefined;
  };
  return {
    changed(): void {
      isBehind = true;
      running ??= run();
    },
    settled: async (): Promise<void> => running,
  };
};

const messageIdOf = (id: string): string => `3EB0${id.slice(-18).toUpperCase()}`;

/**
 * Ours, on a store that the backup worker replicates into this database meanwhile. How what is sent is committed has no
 * settings: what happens in one turn of the event loop is one commit. Whatever is sent is accepted at once.
 */
export const openOutbox: OpenQueue = async (databaseUrl, { inHand }) => {
  const folder = makeFolder("outbox");
  const key = randomBytes(32).toString("hex");
  const worker = await startBackupWorker({ dataDir: folder.path, databaseUrl, key });
  const store = openStore({ path: storePath(folder.path, SESSION_ID) });
  const replication = keepReplicating(() => worker.flush());
  const outbox = createOutbox({
    store,
    clock: systemClock,
    random: Math.random,
    log: createTestLogger(),
    messageIdOf,
    owner: undefined,
    isKnown: () => true,
    onCounts: () => undefined,
    onChange: () => replication.changed(),
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
  const handedIn = ({ key: name, to, text }: Job): Handed => ({
    id: notificationIdOf(SESSION_ID, name),
    notification: { to, text, key: name, priority: 5 },
  });
  return {
    add(job) {
      const { id, notification } = handedIn(job);
      return outbox.enqueue(id, notification);
    },
    addBatch: (jobs) => outbox.enqueueAll(jobs.map(handedIn)),
    async process(count) {
      const { delivered } = outbox.counts;
      outbox.opened(carrier);
      while (outbox.counts.delivered < delivered + count) await delay(systemClock, LOOK_MS);
      outbox.closed();
      // What was noted last is committed by now or with this.
      await store.write([]);
    },
    // As the other bot finds it that takes over.
    replicate: () => replication.settled(),
    async close() {
      await outbox.close();
      await replication.settled();
      await store.close();
      await worker.stop();
      folder.remove();
    },
  };
};
