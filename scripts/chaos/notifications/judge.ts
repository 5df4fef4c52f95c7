import type { Person } from "@blacksky/simulator";

/** Where notifications go: to a person, or to a group. */
export interface Recipient {
  /** A phone number, or the group's id. */
  readonly to: string;
  readonly readers: readonly Person[];
}

/** A notification that was handed in, with a number that its text bears. */
export interface Handed {
  readonly number: number;
  readonly recipient: Recipient;
}

/** What became of notifications, by what people saw. */
export interface NotificationTally {
  readonly handed: number;
  /** One of its readers does not see it. */
  readonly lost: number;
  /** How often a reader sees one once more. */
  readonly twice: number;
  /** How often a reader sees one after another that was handed in later for the same chat. */
  readonly disordered: number;
}

const WORDS = "Notice";
const TEXT = /^Notice (\d+)$/;

/** The text by which a notification is known again. */
export const textOf = (number: number): string => `${WORDS} ${String(number)}`;

/** The number of a notification with this text; undefined for any other message. */
export const numberOf = (text: string): number | undefined => {
  const number = TEXT.exec(text)?.[1];
  return number === undefined ? undefined : Number(number);
};

/** How often somebody saw one later than he should have. */
const countDisorder = (handed: readonly number[], seen: readonly number[]): number => {
  const rank = new Map(handed.map((number, at) => [number, at]));
  let latest = -1;
  let disordered = 0;
  for (const number of seen) {
    const at = rank.get(number) ?? -1;
    if (at < latest) disordered += 1;
    latest = Math.max(latest, at);
  }
  return disordered;
};

/** @param handed in the order in which they were handed in, chat by chat at least */
export const judgeNotifications = (handed: readonly Handed[]): NotificationTally => {
  const byRecipient = new Map<Recipient, number[]>();
  for (const { recipient, number } of handed) {
    const numbers = byRecipient.get(recipient) ?? [];
    numbers.push(number);
    byRecipient.set(recipient, numbers);
  }
  const lost = new Set<number>();
  let twice = 0;
  let disordered = 0;
  for (const [{ readers }, numbers] of byRecipient) {
    const meant = new Set(numbers);
    for (const { received } of readers) {
      const seen = received.flatMap(({ text }) => numberOf(text) ?? []).filter((number) => meant.has(number));
      const first = new Set(seen);
      for (const number of numbers) if (!first.has(number)) lost.add(number);
      twice += seen.length - first.size;
      disordered += countDisorder(numbers, [...first]);
    }
  }
  return { handed: handed.length, lost: lost.size, twice, disordered };
};
