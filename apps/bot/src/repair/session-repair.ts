import { describeError } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import { delay, type Clock } from "@blacksky/machine";
import type { Store } from "@blacksky/store";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import type { SessionStorage } from "../storage/session-storage.ts";
import { createCounterBurner, Interrupted } from "./burn-counters.ts";
import { ACTIVE_COUNT, planRepair } from "./plan-repair.ts";
import { readTraces } from "./read-traces.ts";
import { createRepairMark, type RepairBegun } from "./repair-mark.ts";

/** More pre-keys than can have been made in what is lost, a whole first upload of 812 included. */
const PRE_KEY_SKIP = 1000;
/** Fresh pre-keys for new contacts; what the server still has of lost ones costs a retry each. */
const PRE_KEY_COUNT = 50;
/** Messages wait for the repair, but not for ever: without it they cost a retry, and it goes on beside them. */
const HOLD_MS = 30_000;

export interface SessionRepairOptions {
  readonly store: Pick<Store, "meta" | "keys">;
  readonly storage: Pick<SessionStorage, "auth" | "recipients" | "paired" | "raisePreKeyIds">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes up for the changes that a session lost when it was restored after an unclean end. Deletes nothing. */
export interface SessionRepair {
  /**
   * Repairs over an open socket if that is due, else `undefined`. Resolves, never rejects, when messages may go out: it
   * is done, or it failed or takes too long. What failed is tried again with the next socket.
   *
   * @param isOpen whether the socket still is
   */
  mend(socket: Pick<WhatsAppSocket, "mender">, isOpen: () => boolean): Promise<void> | undefined;
  /** Resolves when no counter is being burnt, so that the store may be closed once the socket is gone. */
  atRest(): Promise<void>;
}

/** Waits for the work, but no longer than `HOLD_MS`. */
const holdFor = async (work: Promise<void>, clock: Clock): Promise<void> => {
  const held = new AbortController();
  const tooLong = delay(clock, HOLD_MS, held.signal).catch(() => undefined);
  await Promise.race([work, tooLong]);
  held.abort();
};

/** To be called before the first socket opens: ids of pre-keys that are lost must not be given to new ones. */
export const createSessionRepair = ({ store, storage, clock, log }: SessionRepairOptions): SessionRepair => {
  const mark = createRepairMark(store.meta);
  const burner = createCounterBurner();

  const begin = (): RepairBegun => {
    const known = mark.begun;
    if (known !== undefined) return known;
    const begun = { startedAt: clock.now(), preKeyFloor: storage.auth.creds.nextPreKeyId + PRE_KEY_SKIP };
    mark.begin(begun);
    return begun;
  };

  const repair = async (mender: WhatsAppSocket["mender"], isOpen: () => boolean): Promise<void> => {
    const startedAt = clock.now();
    const plan = planRepair(await readTraces(store, storage, { clock, isOpen }), begin().startedAt);
    const failed = await burner.burn(plan, mender, isOpen);
    const refused = await mender.renewSessions(plan.renew);
    const instead = refused.map((address) => ({ address, count: ACTIVE_COUNT }));
    const failedLater = await burner.burn({ burn: instead, burnGroups: [] }, mender, isOpen);
    if (!isOpen()) throw new Interrupted();
    await mender.uploadPreKeys(PRE_KEY_COUNT);
    if (!isOpen()) throw new Interrupted();
    mark.finish(clock.now());
    log.info("The session is repaired: nobody should have to ask for a message again.", {
      fresh_sessions: plan.renew.length - refused.length,
      burnt_sessions: plan.burn.length + refused.length,
      burnt_groups: plan.burnGroups.length,
      left_as_they_are: failed + failedLater,
      fresh_pre_keys: PRE_KEY_COUNT,
      took_ms: clock.now() - startedAt,
    });
  };

  if (mark.due) {
    if (storage.paired) storage.raisePreKeyIds(begin().preKeyFloor);
    // Nobody is linked, so nobody has lost a message; what is linked from now on is whole.
    else mark.finish(clock.now());
  }

  return {
    mend({ mender }, isOpen) {
      if (!mark.due) return undefined;
      log.warn(
        "The session was restored without the last changes of whoever had it before. It is repaired first; messages wait.",
      );
      const done = repair(mender, isOpen).catch((error: unknown) => {
        const why = error instanceof Interrupted ? "the connection ended" : describeError(error);
        log.warn(`The session could not be repaired this time: ${why}. It is tried again with the next connection.`);
      });
      return holdFor(done, clock);
    },
    atRest: () => burner.atRest(),
  };
};
