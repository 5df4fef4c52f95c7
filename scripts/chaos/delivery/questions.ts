import { waitFor } from "@blacksky/harness";
import { delay, systemClock, type Random } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import type { Crowd } from "./crowd.ts";
import type { Question } from "./tally.ts";

/** Questions that a crowd puts to one bot, and how many readers have seen an answer. */
export interface Questions {
  readonly asked: readonly Question[];
  /** Puts so many, each a random moment after the one before; resolves when all are at the server. */
  put(count: number, fault: string): Promise<void>;
  /** How many nobody has seen an answer to. */
  readonly waiting: number;
  /** Resolves when so many or fewer wait for an answer (none unless given), or when none has come for so long. */
  settle(stillMs: number, left?: number): Promise<void>;
  stop(): void;
}

const LONGEST_GAP_MS = 70;

/** @param phone the bot's number */
export const askQuestions = (simulator: Simulator, phone: string, crowd: Crowd, random: Random): Questions => {
  const asked: Question[] = [];
  const open = new Set<string>();
  let lastAnswerAt = systemClock.monotonic();
  const account = simulator.accounts.find((each) => each.phone === phone)?.jid;
  const stop = simulator.on("message.seen", ({ from, quotedId = "" }) => {
    if (from === account && open.delete(quotedId)) lastAnswerAt = systemClock.monotonic();
  });
  const say = async (fault: string): Promise<void> => {
    const { by, place } = crowd.choose(random);
    const { id } = await by.say(place.to, ".ping");
    open.add(id);
    asked.push({ id, by, place, fault });
  };
  return {
    asked,
    async put(count, fault) {
      for (let at = 0; at < count; at++) {
        await say(fault);
        await delay(systemClock, random() * LONGEST_GAP_MS);
      }
    },
    get waiting() {
      return open.size;
    },
    async settle(stillMs, left = 0) {
      lastAnswerAt = systemClock.monotonic();
      const isOver = (): boolean => open.size <= left || systemClock.monotonic() - lastAnswerAt > stillMs;
      await waitFor("questions are answered, or no more answers come", () => isOver() || undefined, Infinity);
    },
    stop,
  };
};
