import { delay, type Clock } from "@blacksky/machine";
import type { SocketSlot } from "./connection/socket-slot.ts";
import type { Intake } from "./intake/intake.ts";
import type { Outgoing } from "./outbox/outgoing.ts";
import type { SendQueue } from "./sending/send-queue.ts";
import { waitAtMost } from "./wait-at-most.ts";

/** Kept back of the deadline for ending the socket, on a dead connection as well, and closing the store. */
const ENDING_MS = 3500;
const LOOK_AGAIN_MS = 20;

/** What a shutdown has to bring to an end. */
export interface Drainable {
  readonly intake: Intake;
  readonly queue: Pick<SendQueue, "counts">;
  readonly outgoing: Pick<Outgoing, "lock" | "quiet">;
  readonly slot: SocketSlot;
  readonly clock: Clock;
}

/**
 * Takes no further messages, finishes those that were taken, then ends the socket. What is kept out stays with the server for
 * whoever connects next; what was taken and cannot be finished in time waits in the inbox, and its author with it. Returns
 * how many commands and answers that are; what the outbox holds waits for the next process.
 */
export const drain = async (work: Drainable, deadlineMs: number): Promise<number> => {
  const { intake, queue, outgoing, slot, clock } = work;
  const until = clock.monotonic() + deadlineMs - ENDING_MS;
  const deadBefore = queue.counts.dead;
  // No new connection will come: the keeper stops before the bot.
  outgoing.lock();
  await waitAtMost(clock, until - clock.monotonic(), slot.closeToMessages());
  while ((intake.size > 0 || !outgoing.quiet) && clock.monotonic() < until) await delay(clock, LOOK_AGAIN_MS);
  await slot.end("the bot stops");
  const { pending, retrying, dead } = queue.counts;
  return Math.max(intake.size, pending + retrying) + dead - deadBefore;
};
