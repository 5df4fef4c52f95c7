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
  /** Everybody puts some questions at once and waits for no answer. Resolves when all are on their way. */
  rush(): Promise<void>;
  /** Resolves with every question they have put, once the last one is on its way. */
  stop(): Promise<readonly Question[]>;
}

const GAP_MS = 250;
const PATIENCE_MS = 1_500;
/** Questions of one person in a rush: enough to be in the middle of it at any moment, few enough for two cores. */
const RUSH = { privately: 12, inGroup: 2 } as const;

/** Lets everybody of the world put `.ping` to the bot, directly and in the group, at random moments. */
export const startTraffic = ({ owner, friend }: World, group: Group, random: Random): Traffic => {
  const asked: Question[] = [];
  const ending = new AbortController();
  const aborted = once(ending.signal, "abort");
  const put = async (by: Person, chat: string): Promise<Question> => {
    const question = { by, id: (await by.say(chat, ".ping")).id };
    asked.push(question);
    return question;
  };
  const speak = async (by: Person, chat: string): Promise<void> => {
    while (!ending.signal.aborted) {
      const question = await put(by, chat);
      // Nobody asks faster than he is answered, but a bot that is gone is not waited for.
      await Promise.race([findUnanswered([question], PATIENCE_MS), aborted]);
      await delay(systemClock, Math.ceil(random() * GAP_MS) + GAP_MS / 2, ending.signal).catch(() => undefined);
    }
  };
  const speakers = [owner, friend].flatMap((by) => [speak(by, BOT_PHONE), speak(by, group.id)]);
  const hurry = async (by: Person): Promise<void> => {
    for (let time = 0; time < RUSH.privately; time++) {
      await put(by, BOT_PHONE);
      if (time < RUSH.inGroup) await put(by, group.id);
    }
  };
  return {
    async rush() {
      await Promise.all([owner, friend].map(hurry));
    },
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
