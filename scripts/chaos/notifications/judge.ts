import type { Person } from "@blacksky/simulator";

/** A notification that was handed in, with a number that its text bears. */
export interface Handed {
  readonly number: number;
  readonly to: Person;
}

/** What became of notifications, by what people saw. */
export interface NotificationTally {
  readonly handed: number;
  readonly lost: number;
  readonly twice: number;
  /** Seen after one that was handed in later for the same chat. */
  readonly disordered: number;
}

const WORDS = "Notice";
const TEXT = /^Notice (\d+)$/;

/** The text by which a notification is known again. */
export const textOf = (number: number): string => `${WORDS} ${String(number)}`;

const numbersSeen = (person: Person): number[] =>
  person.received.flatMap(({ text }) => {
    const number = TEXT.exec(text)?.[1];
    return number === undefined ? [] : [Number(number)];
  });

/** @param handed in the order in which they were handed in, chat by chat at least */
export const judgeNotifications = (handed: readonly Handed[]): NotificationTally => {
  const byPerson = new Map<Person, number[]>();
  for (const { to, number } of handed) byPerson.set(to, [...(byPerson.get(to) ?? []), number]);
  let lost = 0;
  let twice = 0;
  let disordered = 0;
  for (const [person, numbers] of byPerson) {
    const seen = numbersSeen(person);
    const first = [...new Set(seen)];
    const rank = new Map(numbers.map((number, at) => [number, at]));
    lost += numbers.filter((number) => !first.includes(number)).length;
    twice += seen.length - first.length;
    let last = -1;
    for (const number of first) {
      const at = rank.get(number) ?? -1;
      if (at < last) disordered += 1;
      last = Math.max(last, at);
    }
  }
  return { handed: handed.length, lost, twice, disordered };
};
