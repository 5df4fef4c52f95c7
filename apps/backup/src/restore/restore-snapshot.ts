import { BlackskyError } from "@blacksky/errors";
import type { SnapshotDescription } from "@blacksky/postgres";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import { isDamage } from "../snapshot/snapshot-file.ts";
import { BEFORE_RESTORE } from "../snapshot/take-snapshot.ts";
import { findInDatabase, findOnDisk } from "./candidates.ts";
import type { Candidate } from "./candidates.ts";
import { restoreCandidate } from "./restore-candidate.ts";
import type { Retirement } from "./replace-store.ts";

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
  context: Context,
  claim: Claim | undefined,
): Promise<{ readonly candidates: Candidate[]; readonly damaged: number }> => {
  const rows = claim === undefined ? [] : await findInDatabase(context, claim.database);
  const files = await findOnDisk(context);
  for (const { path } of files.useless)
    context.log.error("A snapshot file is damaged and cannot be restored.", { path });
  const found = [...rows, ...files.candidates];
  const candidates = [...found.filter((one) => !isArchive(one)), ...found.filter((one) => isArchive(one))];
  return { candidates, damaged: files.useless.length };
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
      const store = await restoreCandidate(context, options, candidate);
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
