import { delay, type Clock } from "@blacksky/machine";
import type { SocketSlot } from "./connection/socket-slot.ts";
import type { Intake } from "./intake/intake.ts";
import type { SendQueue } from "./sending/send-queue.ts";

/** Kept back of the deadline for ending the socket and closing the store. */
const ENDING_MS = 3000;
const LOOK_AGAIN_MS = 20;

/** What a shutdown has to bring to an end. */
export interface Drainable {
  readonly intake: Intake;
  readonly queue: SendQueue;
  readonly slot: SocketSlot;
  readonly clock: Clock;
}

/**
 * Finishes what is in hand, then ends the socket. Messages that arrive meanwhile are answered too: Baileys has
 * acknowledged them before it tells us, so nobody else ever would. Returns how many commands and messages had to be
 * left undone.
 */
export const drain = async (work: Drainable, deadlineMs: number): Promise<number> => {
  const { intake, queue, slot, clock } = work;
  const until = clock.now() + deadlineMs - ENDING_MS;
  const deadBefore = queue.counts.dead;
  // No new connection will come: the keeper stops before the bot.
  queue.lock();
  while ((intake.size > 0 || !queue.quiet) && clock.now() < until) await delay(clock, LOOK_AGAIN_MS);
  await slot.end("the bot stops");
  const { pending, retrying, dead } = queue.counts;
  return Math.max(intake.size, pending + retrying) + dead - deadBefore;
};
