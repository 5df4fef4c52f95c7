import type { World } from "@blacksky/harness";
import { BOT_PHONE } from "@blacksky/harness";
import { delay, pick, systemClock, type Random } from "@blacksky/machine";
import type { Group, Person } from "@blacksky/simulator";
import { once } from "node:events";

/** A question that somebody has put to the bot. */
export interface Question {
  readonly by: Person;
  readonly id: string;
}

/** People who talk to the bot and in a group, until they are told to stop. */
export interface Traffic {
  /** Resolves with every question they have put, once the last one is on its way. */
  stop(): Promise<readonly Question[]>;
}

const GAP_MS = 250;
const PATIENCE_MS = 1_500;

/** Lets everybody of the world put `.ping` to the bot, directly and in the group, at random moments. */
export const startTraffic = ({ owner, friend }: World, group: Group, random: Random): Traffic => {
  const asked: Question[] = [];
  const ending = new AbortController();
  const aborted = once(ending.signal, "abort");
  const speak = async (by: Person, chat: string): Promise<void> => {
    while (!ending.signal.aborted) {
      const { id } = await by.say(chat, ".ping");
      asked.push({ by, id });
      // Nobody asks faster than he is answered, but a bot that is gone is not waited for.
      await Promise.race([findUnanswered([{ by, id }], PATIENCE_MS), aborted]);
      await delay(systemClock, Math.ceil(random() * GAP_MS) + GAP_MS / 2, ending.signal).catch(() => undefined);
    }
  };
  const speakers = [owner, friend].flatMap((by) => [speak(by, BOT_PHONE), speak(by, group.id)]);
  return {
    async stop() {
      ending.abort();
      await Promise.all(speakers);
      return asked;
    },
  };
};

const isAnswered = ({ by, id }: Question): boolean => by.received.some(({ quotedId }) => quotedId === id);

/** The questions that nobody has answered by the deadline. */
export const findUnanswered = async (asked: readonly Question[], deadlineMs: number): Promise<readonly Question[]> => {
  const until = systemClock.now() + deadlineMs;
  for (;;) {
    const left = asked.filter((question) => !isAnswered(question));
    if (left.length === 0 || systemClock.now() > until) return left;
    await delay(systemClock, 50);
  }
};

/** Asks once on every lane, one after the other; throws when one does not answer. */
export const askEverybody = async ({ owner, friend }: World, group: Group, random: Random): Promise<void> => {
  const lanes = [owner, friend].flatMap((by) => [BOT_PHONE, group.id].map((chat) => ({ by, chat })));
  const first = pick(random, lanes);
  for (const { by, chat } of [first, ...lanes]) await by.ask(chat, ".ping", 20_000);
};
