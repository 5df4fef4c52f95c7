import type { Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import type { SocketSlot } from "./socket-slot.ts";

/** Whoever decides does so at once. */
const ORDER_DEADLINE_MS = 5_000;
/** Whoever asked has given up waiting by then. */
const WAIT_MS = 5 * 60_000;

/** A fresh connection on a person's wish. */
export interface Reopening {
  /**
   * Orders it. Resolves when the order is given; `opened` tells whether the new connection came within some minutes.
   *
   * @throws BlackskyError the refusal of whoever decides
   */
  reconnect(reason: string): Promise<{ readonly opened: Promise<boolean> }>;
  /** A socket is open. */
  opened(generation: number): void;
}

interface Waiting {
  /** The socket that is to be replaced. */
  readonly after: number;
  readonly settle: (isOpen: boolean) => void;
}

/** Gives the order to whoever decides, and knows the new socket by its generation. */
export const createReopening = (channel: Channel, slot: Pick<SocketSlot, "view">, clock: Clock): Reopening => {
  const waiting = new Set<Waiting>();

  const waitForNext = (after: number): { opened: Promise<boolean>; settle: (isOpen: boolean) => void } => {
    let resolve = (_isOpen: boolean): void => undefined;
    const opened = new Promise<boolean>((settled) => (resolve = settled));
    const settle = (isOpen: boolean): void => {
      waiting.delete(mine);
      timer.cancel();
      resolve(isOpen);
    };
    const mine: Waiting = { after, settle };
    const timer = clock.startTimer(WAIT_MS, () => settle(false));
    waiting.add(mine);
    return { opened, settle };
  };

  return {
    async reconnect(reason) {
      const { opened, settle } = waitForNext(slot.view.generation);
      try {
        await channel.request(connection.reconnect, { reason }, { deadlineMs: ORDER_DEADLINE_MS });
      } catch (error) {
        settle(false);
        throw error;
      }
      return { opened };
    },
    opened(generation) {
      for (const { after, settle } of waiting) if (generation > after) settle(true);
    },
  };
};
