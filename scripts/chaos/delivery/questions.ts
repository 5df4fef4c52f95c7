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
  /** Resolves when each has been answered to somebody, or when none has for so long. */
  settle(stillMs: number): Promise<void>;
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
    async settle(stillMs) {
      lastAnswerAt = systemClock.monotonic();
      const isOver = (): boolean => open.size === 0 || systemClock.monotonic() - lastAnswerAt > stillMs;
      await waitFor("all questions are answered, or no more answers come", () => isOver() || undefined, Infinity);
    },
    stop,
  };
};
