import { basename } from "node:path";
import { BlackskyError } from "@blacksky/errors";
import { session, type ListedSnapshot } from "@blacksky/protocol";
import { movedAt } from "@blacksky/session";
import type { BackupWorker } from "./backup-worker.ts";
import { findSessions, withStore, type Place } from "./place.ts";
import { withBackupWorker } from "./with-worker.ts";

const DEADLINE = { deadlineMs: 10 * 60_000 };

type Known = Extract<ListedSnapshot, { readable: true }>;

const listKnown = async ({ channel }: BackupWorker): Promise<Known[]> => {
  const { snapshots } = await channel.request(session.snapshots, {}, DEADLINE);
  return snapshots.filter((one) => one.readable);
};

const notRestored = (message: string): BlackskyError =>
  new BlackskyError("session.notRestored", message, { hint: "What the worker said above tells why." });

/** Has the order carried out, and looks whether it was. Resolves with the records there are now. */
const carryOut = async (place: Place, worker: BackupWorker, expected: number | undefined): Promise<number> => {
  const { restoredFrom, position, lease } = worker.status;
  if (restoredFrom !== "snapshot" && restoredFrom !== "backup-file") {
    throw notRestored("The snapshot was not restored; the session that was here is still in use.");
  }
  if (lease.held) {
    const { position: replicated } = await worker.channel.request(session.flush, DEADLINE, DEADLINE);
    if (replicated < position) throw notRestored("The session was restored here, but PostgreSQL does not have it yet.");
  }
  const records = await withStore(place.storePath, "read", (store) => store.count(""));
  if (expected !== undefined && records !== expected) {
    throw notRestored(`${records} records were restored of ${expected}.`);
  }
  return records;
};

/** A snapshot from before the session left knows nothing of that: restored, it would run in two places. */
const refuseMoved = async ({ storePath }: Place): Promise<void> => {
  const at = await withStore(storePath, "read", movedAt);
  if (at === undefined) return;
  throw new BlackskyError("session.moved", `The session left this place on ${at}: it may be running on another host.`, {
    hint: "If its bundle was never used, `pnpm session resume --force` takes it back; restore the snapshot then.",
  });
};

/** `session restore <id>`: puts a snapshot in the place of the session of a stopped bot. */
export const restoreSnapshot = (place: Place, id: string, force: boolean): Promise<boolean> =>
  withBackupWorker(place, place.source, async (start) => {
    const stores = new Set(findSessions(place).map(({ name }) => name));
    const ordering = await start();
    await refuseMoved(place);
    const known = await listKnown(ordering);
    await ordering.channel.request(session.restore, { id, force }, DEADLINE);
    const kept = (await listKnown(ordering)).filter((one) => !known.some((before) => before.id === one.id));
    await ordering.stop();

    const restoring = await start();
    const wanted = known.find((one) => one.id === id);
    const records = await carryOut(place, restoring, wanted?.recordCount);
    const { position } = restoring.status;
    await restoring.stop();

    const from = wanted === undefined ? "" : ` of ${new Date(wanted.createdAt).toISOString()}`;
    console.log(`Restored: ${records} records from snapshot ${id}${from}, at position ${position}.`);
    for (const one of kept) console.log(`What was here is kept as snapshot ${one.id}`);
    for (const { name, path } of findSessions(place)) {
      if (!stores.has(name) && name !== basename(place.storePath)) console.log(`What was here is kept in ${path}`);
    }
    console.log("The next start goes on with it. What came after the snapshot, people have to send again.");
    return true;
  });
