import type { ReplicaState } from "@blacksky/postgres";

import { isKnownKey } from "./choose-seal.ts";
import type { KeyNames } from "./choose-seal.ts";

/** What lies in DATA_DIR. */
export type LocalStore =
  /** Nothing, or a store in which nothing was ever written. */
  | { readonly status: "empty" }
  | {
      readonly status: "intact";
      readonly position: number;
      /** The replica it last wrote to, if any, and the lease under which it did. */
      readonly replicaId: string | undefined;
      readonly epoch: number;
      /** True when somebody stood by for that lease when the database was last seen. */
      readonly contested: boolean;
      /** Changes up to here are no longer in its feed. */
      readonly trimmedTo: number;
      /**
       * For a session that its owner brought from elsewhere and that was never replicated since: the position at which
       * it left its own history, `Infinity` where that does not matter.
       */
      readonly importedAt: number | undefined;
    }
  /** Truncated, corrupt or half restored; `reason` is the store's error code. */
  | { readonly status: "broken"; readonly reason: string };

/** What is known of the replica. */
export type Replica =
  /** No database is configured. */
  | { readonly status: "none" }
  | { readonly status: "unreachable" }
  /** The lease is ours. */
  | { readonly status: "held"; readonly state: ReplicaState };

/** What to do before the bot may open the session. */
export type Verdict =
  /** Continue the local store; `copy` is what the replica needs to catch up. */
  | { readonly action: "keep"; readonly copy: "feed" | "complete" }
  /** Fill the local store from the replica; what is there goes aside for `archive`. */
  | { readonly action: "restore"; readonly archive: string | undefined }
  /** Neither disk nor replica has a session: without a snapshot of one, a new one may begin. */
  | { readonly action: "begin" }
  /** Fail closed; `broken` when no snapshot can be restored either. */
  | { readonly action: "fail"; readonly why: "unreachable" | "broken" | "continued" | "wrongKey" };

const wasWritten = ({ position, recordCount, writtenEpoch }: ReplicaState): boolean =>
  position > 0 || recordCount > 0 || writtenEpoch > 0;

const judgeIntact = (
  local: Extract<LocalStore, { status: "intact" }>,
  state: ReplicaState,
  keys: KeyNames,
): Verdict => {
  if (!wasWritten(state)) return { action: "keep", copy: "complete" };
  if (local.importedAt !== undefined) {
    // The owner wants this one instead; but not an old state of the very session that the replica has continued.
    const wasContinued = local.replicaId === state.id && state.position > local.importedAt;
    if (wasContinued || local.position <= state.position) return { action: "fail", why: "continued" };
    return { action: "keep", copy: "complete" };
  }
  // Another replica than the one it wrote to, or another holder since: positions cannot be compared, PostgreSQL is right.
  if (local.replicaId !== state.id || state.writtenEpoch > local.epoch) {
    return { action: "restore", archive: "overtaken" };
  }
  if (local.position < state.position) return { action: "restore", archive: "behind" };
  // Written over, it could not be opened any more with the right key.
  if (!isKnownKey(keys, state.keyFingerprint)) return { action: "fail", why: "wrongKey" };
  const continues = state.keyFingerprint === keys.fingerprint && local.trimmedTo <= state.position;
  return { action: "keep", copy: continues ? "feed" : "complete" };
};

/**
 * The restore ladder, as a function of what was found. A new session begins only where it is certain that none exists.
 *
 * @param keys that there are now
 */
export const judge = (local: LocalStore, replica: Replica, keys: KeyNames): Verdict => {
  switch (replica.status) {
    case "none":
      if (local.status === "broken") return { action: "fail", why: "broken" };
      return local.status === "empty" ? { action: "begin" } : { action: "keep", copy: "feed" };
    case "unreachable":
      // Somebody stood by to continue it.
      if (local.status === "intact" && local.contested) return { action: "fail", why: "unreachable" };
      // A store that held the lease when it was last used, on a disk that is still here: nobody can have continued it
      // unless they reached the database that we cannot reach, and then fencing ends us when it is back.
      if (local.status === "intact" && local.epoch > 0) return { action: "keep", copy: "feed" };
      return { action: "fail", why: "unreachable" };
    case "held":
      if (local.status === "intact") return judgeIntact(local, replica.state, keys);
      if (wasWritten(replica.state)) {
        return { action: "restore", archive: local.status === "broken" ? local.reason : undefined };
      }
      return local.status === "empty" ? { action: "begin" } : { action: "fail", why: "broken" };
  }
};
