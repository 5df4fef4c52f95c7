import { BOT_PHONE, type World } from "@blacksky/harness";
import { delay, systemClock, type Random } from "@blacksky/machine";
import type { Group, Person } from "@blacksky/simulator";

/** A question, and how long its answer took; `undefined` when it did not come in time. */
export interface Exchange {
  readonly askedAt: number;
  readonly tookMs: number | undefined;
}

/** People who wait for each answer before they ask again. */
export interface Talk {
  readonly exchanges: readonly Exchange[];
  /** Resolves when the last question is answered. */
  stop(): Promise<void>;
}

const GAP_MS = 250;
const ANSWER_MS = 45_000;

/** Lets everybody of the world put `.ping` to the bot, directly and in the group, and takes the time of each answer. */
export const startTalk = ({ owner, friend }: World, group: Group, random: Random): Talk => {
  const exchanges: Exchange[] = [];
  const ending = new AbortController();
  const speak = async (by: Person, chat: string): Promise<void> => {
    while (!ending.signal.aborted) {
      const askedAt = systemClock.now();
      const answer = await by.ask(chat, ".ping", ANSWER_MS).catch(() => undefined);
      exchanges.push({ askedAt, tookMs: answer && answer.at - askedAt });
      await delay(systemClock, Math.ceil(random() * GAP_MS) + GAP_MS / 2, ending.signal).catch(() => undefined);
    }
  };
  const speakers = [owner, friend].flatMap((by) => [speak(by, BOT_PHONE), speak(by, group.id)]);
  return {
    exchanges,
    async stop() {
      ending.abort();
      await Promise.all(speakers);
    },
  };
};
