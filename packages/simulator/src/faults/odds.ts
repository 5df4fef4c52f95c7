import { createHash } from "node:crypto";

/** On which occasions a fault strikes; without anything on each of them, until it is taken back. */
export interface Odds {
  /** After so many strikes it is over. */
  readonly times?: number | undefined;
  /** The first so many occasions are spared. */
  readonly skip?: number | undefined;
  /** From 0 to 1: the share of occasions on which it strikes. */
  readonly chance?: number | undefined;
  /** With the same seed chance decides the same about the same occasions. */
  readonly seed?: number | undefined;
}

const LARGEST = 2 ** 32;

/** A number from 0 to 1, always the same for the same occasion of one seed. */
const roll = (seed: number, occasion: number): number =>
  createHash("sha256").update(`${seed} ${occasion}`).digest().readUInt32BE() / LARGEST;

/** Something that is in force on some occasions, or on all until it is taken back. */
export class Countdown<T> {
  #value: T | undefined;
  #odds: Odds = {};
  #occasions = 0;
  #strikes = 0;

  /** `undefined` takes it back. */
  set(value: T | undefined, odds: Odds = {}): void {
    this.#value = value;
    this.#odds = odds;
    this.#occasions = 0;
    this.#strikes = 0;
  }

  /** Tells of one occasion; undefined when it does not strike. */
  take(): T | undefined {
    const { times = Infinity, skip = 0, chance = 1, seed = 0 } = this.#odds;
    if (this.#value === undefined || this.#strikes >= times) return undefined;
    this.#occasions += 1;
    if (this.#occasions <= skip) return undefined;
    if (chance < 1 && roll(seed, this.#occasions) >= chance) return undefined;
    this.#strikes += 1;
    return this.#value;
  }
}
