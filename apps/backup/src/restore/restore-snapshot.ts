import { BlackskyError } from "@blacksky/errors";
import { createSnapshotClient } from "@blacksky/postgres";
import type { SnapshotDescription } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { openContent, SNAPSHOT_VERSION } from "../snapshot/snapshot-content.ts";
import { isDamage, readFileChunks } from "../snapshot/snapshot-file.ts";
import { listSnapshotFiles } from "../snapshot/snapshot-folder.ts";
import { BEFORE_RESTORE } from "../snapshot/take-snapshot.ts";
import { chooseSeal } from "./choose-seal.ts";
import { adoptClaim, META } from "./local-store.ts";
import { hasSession, replaceStore } from "./replace-store.ts";
import type { Retirement } from "./replace-store.ts";

/** A snapshot that could be restored, wherever it is. */
interface Candidate {
  readonly rung: "snapshot" | "backup-file";
  readonly description: SnapshotDescription;
  readonly readChunks: () => AsyncIterable<Uint8Array>;
}

/** What came of it. */
export interface RestoredSnapshot {
  readonly store: Store;
  readonly rung: Candidate["rung"];
  readonly ageMs: number;
}

export interface SnapshotRestoreOptions {
  /** The lease, where there is a database. */
  readonly claim: Claim | undefined;
  readonly retirement: Retirement;
  /** Says which may be used: none that is older than what it would replace. */
  readonly accept: (description: SnapshotDescription, rung: Candidate["rung"]) => boolean;
}

// What a restore replaced was stale when it was kept: it comes after all others.
const isArchive = ({ description }: Candidate): boolean => description.reason === BEFORE_RESTORE;

const findCandidates = async (
  { sessionId, snapshots, log }: Context,
  claim: Claim | undefined,
): Promise<{ readonly candidates: Candidate[]; readonly damaged: number }> => {
  const candidates: Candidate[] = [];
  let damaged = 0;
  if (claim !== undefined) {
    const client = createSnapshotClient(claim.database);
    for (const description of await client.list(sessionId)) {
      candidates.push({ rung: "snapshot", description, readChunks: () => client.readChunks(description.id) });
    }
  }
  for (const { path, description } of await listSnapshotFiles(snapshots.folder)) {
    if (description?.sessionId === sessionId) {
      candidates.push({ rung: "backup-file", description, readChunks: () => readFileChunks(path) });
    } else {
      damaged += 1;
      log.error("A snapshot file is damaged and cannot be restored.", { path });
    }
  }
  const ranked = [...candidates.filter((one) => !isArchive(one)), ...candidates.filter((one) => isArchive(one))];
  return { candidates: ranked, damaged };
};

/** Resolves with `undefined` when there is no session in it. */
const restoreOne = async (
  context: Context,
  { claim, retirement }: SnapshotRestoreOptions,
  { description, readChunks }: Candidate,
): Promise<Store | undefined> => {
  const { id, schemaVersion, keyFingerprint, position } = description;
  if (schemaVersion > SNAPSHOT_VERSION) {
    throw new BlackskyError("backup.newerSnapshot", `Snapshot ${id} was written by a newer build (${schemaVersion}).`, {
      hint: "Deploy that build again. Nothing was changed.",
    });
  }
  const seal = chooseSeal(context.sessionId, context.snapshots.seal, keyFingerprint, `Snapshot ${id}`);
  const noSession = new Error("there is no session in it");
  // A replica never goes back, and one that lacks a position that no feed has any more is copied as a whole: also when
  // this process dies before it has done so.
  const from = Math.max(position, claim?.replica.position ?? 0) + 1;
  try {
    return await replaceStore(context, retirement, async (fresh) => {
      await fresh.restore(openContent(description, readChunks(), seal), from);
      if (!hasSession(fresh)) throw noSession;
      fresh.meta.set(META.origin, "restored");
      fresh.meta.set(META.tail, "unknown");
      if (claim !== undefined) adoptClaim(fresh, claim);
    });
  } catch (error) {
    if (error === noSession) return undefined;
    throw error;
  }
};

/**
 * Makes a local store from the newest snapshot that is whole: those in PostgreSQL first, then those on this disk.
 *
 * @returns `undefined` when there is none with a session that may be used
 * @throws BlackskyError `backup.noGoodSnapshot` when all there are are damaged; `backup.wrongKey`,
 * `backup.newerSnapshot`, and whatever keeps one from being read. Then everything is as it was.
 */
export const restoreFromSnapshots = async (
  context: Context,
  options: SnapshotRestoreOptions,
): Promise<RestoredSnapshot | undefined> => {
  const { log, clock } = context;
  const found = await findCandidates(context, options.claim);
  let { damaged } = found;
  for (const candidate of found.candidates) {
    const { rung, description } = candidate;
    const { id, position, epoch, reason } = description;
    if (!options.accept(description, rung)) {
      log.warn("A snapshot is older than what it would replace and is not restored.", { id, rung, position, epoch });
      continue;
    }
    try {
      const store = await restoreOne(context, options, candidate);
      if (store === undefined) continue;
      const ageMs = Math.max(0, clock.now() - description.createdAt);
      log.warn("The session was restored from a snapshot: what came after it is lost.", { id, rung, reason, ageMs });
      return { store, rung, ageMs };
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged += 1;
      log.error("A snapshot is damaged; trying the next one.", { id, rung, error });
    }
  }
  if (damaged === 0) return undefined;
  throw new BlackskyError(
    "backup.noGoodSnapshot",
    `Of the session's snapshots none is whole; ${damaged} are damaged.`,
    {
      hint: "Put a good copy of DATA_DIR/store or DATA_DIR/backups back; or, to pair anew, move both away.",
    },
  );
};
