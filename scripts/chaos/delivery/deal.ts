import { pick, type Random } from "@blacksky/machine";
import type { BotFault } from "./faults.ts";

/** What befalls the bot in one round; `term` and `machine` are of the whole tree, whose disk is wiped then. */
export type RoundFault = BotFault | "term" | "machine";

/** Of a hundred rounds. 250 have 260 kills of the bot, 10 cycles and 20 machines that vanish. */
const SHARES: Readonly<Record<RoundFault, number>> = {
  kill: 48,
  "kill-draining": 28,
  drop: 8,
  "bad-line": 4,
  term: 4,
  machine: 8,
};

const shuffle = <T>(random: Random, things: readonly T[]): T[] => {
  const left = [...things];
  return things.map(() => {
    const [chosen] = left.splice(left.indexOf(pick(random, left)), 1);
    if (chosen === undefined) throw new RangeError("Nothing is left to choose from.");
    return chosen;
  });
};

/**
 * Each kind at least once where there are as many rounds, and in an order that the dice decide. What needs a tree that
 * waits for PostgreSQL comes last, together.
 */
export const dealRounds = (count: number, random: Random): readonly RoundFault[] => {
  const kinds = Object.keys(SHARES) as RoundFault[];
  const dealt: RoundFault[] = [];
  for (let at = 0; dealt.length < count; at++) {
    // Largest share not yet met first: any number of rounds has about the same mixture.
    const owed = (kind: RoundFault): number => {
      const has = dealt.filter((each) => each === kind).length;
      return has === 0 && at < kinds.length ? 100 + SHARES[kind] : (SHARES[kind] * count) / 100 - has;
    };
    dealt.push(kinds.reduce((most, kind) => (owed(kind) > owed(most) ? kind : most)));
  }
  const last = dealt.filter((kind) => kind === "machine");
  return [
    ...shuffle(
      random,
      dealt.filter((kind) => kind !== "machine"),
    ),
    ...last,
  ];
};
