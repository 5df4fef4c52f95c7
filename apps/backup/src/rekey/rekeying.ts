import { BlackskyError, errorCode } from "@blacksky/errors";
import { createRepeatGuard } from "@blacksky/logger";
import { backOffDelayMs, delay } from "@blacksky/machine";

import type { Context } from "../context.ts";
import type { Claim } from "../lease/claim-lease.ts";
import type { LeasedReplication } from "../leased-replication.ts";
import type { StatusBoard } from "../session-status.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";
import { within } from "../within.ts";
import { readBack } from "./read-back.ts";
import type { ReadBack } from "./read-back.ts";
import { sealAnew } from "./seal-anew.ts";
import type { SealedAnew } from "./seal-anew.ts";

export interface RekeyingOptions {
  readonly context: Context;
  readonly board: StatusBoard;
  readonly snapshots: Pick<Snapshots, "inTurn">;
  /** Ends it, wherever it is. */
  readonly signal: AbortSignal;
}

/** Brings everything of the session under the present key, in the background, once. */
export interface Rekeying {
  /** Begins where there is a database: behind what this replication still has to write. */
  adopt(claim: Claim, replication: Pick<LeasedReplication, "flush">): void;
  /**
   * Resolves when everything is sealed with the present key and was read back with it.
   *
   * @throws BlackskyError `backup.rekeyDeadline`, and what `readBack` throws
   */
  finish(deadlineMs: number): Promise<ReadBack>;
}

const FLUSH_MS = 60_000;
const SLOWEST_MS = 60_000;
const FAILING = "What another key has sealed cannot be sealed anew now; it is tried again.";

/** Says what was done, and whether the key before can go. */
const tell = ({ context, board }: RekeyingOptions, { unreadable, ...counts }: SealedAnew): void => {
  const { seal, log } = context;
  if (Object.values(counts).some((count) => count > 0)) log.info("Sealed with the present key what was not.", counts);
  if (unreadable.length > 0) {
    log.warn("Some of what was saved is damaged or sealed with a key that is not known. It was left as it is.", {
      unreadable,
    });
  }
  if (seal.previous === undefined) return;
  board.update({ previousKey: "removable" });
  log.info("Nothing needs the previous key any more: SESSION_ENCRYPTION_KEY_PREVIOUS can be removed.");
};

/** Waits for its database, if there is one, and some seconds more: a start has better things to do. */
export const createRekeying = (options: RekeyingOptions): Rekeying => {
  const { context, board, snapshots, signal } = options;
  const { clock, log, pace, random, seal, source } = context;
  const trouble = createRepeatGuard({ logger: log, clock });
  const backOff = { ...pace.backOff, maxMs: SLOWEST_MS };
  let begin: (claim: Claim | undefined) => void = () => undefined;
  const begun = new Promise<Claim | undefined>((resolve) => (begin = resolve));
  let hurry: () => void = () => undefined;
  const hurried = new Promise<void>((resolve) => (hurry = resolve));
  let replication: Pick<LeasedReplication, "flush"> | undefined;

  const run = async (): Promise<SealedAnew> => {
    const claim = await begun;
    await Promise.race([delay(clock, pace.rekeyAfterMs, signal), hurried]);
    for (let failures = 0; ; failures += 1) {
      try {
        await replication?.flush(FLUSH_MS);
        const sealed = await sealAnew(context, claim, snapshots);
        trouble.ended(FAILING);
        return sealed;
      } catch (error) {
        signal.throwIfAborted();
        if (errorCode(error) === "replica.fenced") throw error;
        trouble.happened(FAILING, error);
        await delay(clock, backOffDelayMs(backOff, failures, random()), signal);
      }
    }
  };

  if (seal.previous !== undefined) {
    board.update({ previousKey: "needed" });
    log.info("The key was changed: keep SESSION_ENCRYPTION_KEY_PREVIOUS until the log says that it can go.");
  }
  const ran = (async (): Promise<Pick<SealedAnew, "unreadable">> => {
    // Without a key everything stays as it is.
    if (seal.fingerprint === null) return { unreadable: [] };
    const sealed = await run();
    tell(options, sealed);
    return sealed;
  })();
  // Ended, or fenced off: others say so.
  ran.catch(() => undefined);
  if (source === undefined) begin(undefined);

  return {
    adopt(claim, leased) {
      replication = leased;
      begin(claim);
    },
    async finish(deadlineMs) {
      hurry();
      const work = ran.then(async ({ unreadable }) => {
        const found = await readBack(context, source === undefined ? undefined : await begun, snapshots);
        return { ...found, unreadable: [...new Set([...unreadable, ...found.unreadable])] };
      });
      const found = await within(clock, deadlineMs, work);
      if (found !== undefined) return found;
      throw new BlackskyError("backup.rekeyDeadline", "Not everything could be sealed with the present key in time.", {
        hint: "It goes on where it stopped. Until it is done both keys are needed.",
      });
    },
  };
};
