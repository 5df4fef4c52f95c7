import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import type { RepairPlan } from "./plan-repair.ts";

/** The connection ended in the middle. */
export class Interrupted extends Error {}

/** Burns counters one chat after the other. */
export interface CounterBurner {
  /**
   * Returns how many chats could not be burnt: a record that libsignal does not like costs its chat a retry, no more.
   *
   * @throws Interrupted when the socket is gone
   */
  burn(
    plan: Pick<RepairPlan, "burn" | "burnGroups">,
    mender: WhatsAppSocket["mender"],
    isOpen: () => boolean,
  ): Promise<number>;
  /** Resolves when nothing is being burnt. */
  atRest(): Promise<void>;
}

/** A burner at rest. */
export const createCounterBurner = (): CounterBurner => {
  let step: Promise<void> = Promise.resolve();
  return {
    async burn(plan, mender, isOpen) {
      let failures = 0;
      const take = async (work: Promise<void>): Promise<void> => {
        step = work.catch(() => {
          failures += 1;
        });
        await step;
        if (!isOpen()) throw new Interrupted();
      };
      for (const { group, ownJid, count } of plan.burnGroups) await take(mender.burnGroup(group, ownJid, count));
      for (const { address, count } of plan.burn) await take(mender.burnSession(address, count));
      return failures;
    },
    atRest: () => step,
  };
};
