import { pick, type Random } from "@blacksky/machine";
import { goodbye, type Weather } from "./virtual-whatsapp.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/** Something that goes wrong; `later` undoes it, unless the world has been put right before. */
export interface Fault {
  readonly name: string;
  strike(world: VirtualWorld, later: (delayMs: number, undo: () => void) => void): void;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Any length of time, short ones as often as long ones. */
export const anyTimeMs = (random: Random, fromMs: number, toMs: number): number =>
  Math.round(fromMs * (toMs / fromMs) ** random());

const STREAM_CODES = [408, 428, 428, 500, 501, 503, 515, 499, 413] as const;
const LOGIN_CODES = [500, 501, 503, 405, 409, 415, 418, 499] as const;
const LAST_WORDS = [401, 403, 406, 411] as const;

const badWeather = (name: string, choose: (random: Random) => Weather): Fault => ({
  name,
  strike(world, later) {
    const { random, whatsApp } = world;
    whatsApp.weather = choose(random);
    if (random() < 0.7) whatsApp.hangUp(goodbye(428));
    later(anyTimeMs(random, SECOND_MS, 2 * HOUR_MS), () => (whatsApp.weather = "fair"));
  },
});

/** What may go wrong. The commonest first; each is as likely as the others. */
export const FAULTS: readonly Fault[] = [
  { name: "drop", strike: ({ random, whatsApp }) => whatsApp.hangUp(goodbye(pick(random, STREAM_CODES))) },
  badWeather("unreachable", () => "unreachable"),
  badWeather("silent", () => "silent"),
  badWeather("refusing", (random) => ({ refusesWith: pick(random, LOGIN_CODES) })),
  {
    name: "restarts",
    strike({ random, whatsApp }, later) {
      whatsApp.weather = { refusesWith: 515 };
      whatsApp.hangUp(goodbye(515));
      later(anyTimeMs(random, SECOND_MS, MINUTE_MS), () => (whatsApp.weather = "fair"));
    },
  },
  {
    name: "ban",
    strike({ clock, random, whatsApp }) {
      const untilMs = clock.now() + anyTimeMs(random, 30 * SECOND_MS, 6 * HOUR_MS);
      whatsApp.hangUp(goodbye(402, { expiresAt: whatsApp.account.ban(untilMs, random() < 0.7) }));
    },
  },
  {
    name: "rival",
    strike({ clock, random, whatsApp }) {
      whatsApp.rivalUntilMs = clock.now() + anyTimeMs(random, SECOND_MS, HOUR_MS);
      whatsApp.takeOver();
    },
  },
  {
    name: "last word",
    strike({ random, whatsApp }) {
      // Half of the time it is only said at the next login.
      const code = pick(random, LAST_WORDS);
      whatsApp.account.refuse(code);
      if (random() < 0.5) whatsApp.hangUp(goodbye(code));
    },
  },
  { name: "bot crash", strike: (world) => world.crashBot(anyTimeMs(world.random, 500, 20 * SECOND_MS)) },
  {
    name: "keeper crash",
    strike(world, later) {
      world.crashKeeper();
      later(anyTimeMs(world.random, 300, MINUTE_MS), () => world.startKeeper());
    },
  },
  {
    name: "lease lost",
    strike({ bot, random }, later) {
      bot.hasLease = false;
      bot.cut();
      later(anyTimeMs(random, SECOND_MS, HOUR_MS), () => (bot.hasLease = true));
    },
  },
  {
    name: "bot stalls",
    strike({ bot, clock, random }) {
      bot.stalledUntilMs = clock.monotonic() + anyTimeMs(random, SECOND_MS, 2 * MINUTE_MS);
    },
  },
  {
    name: "slow ends",
    strike({ bot, random }, later) {
      bot.endingMs = 12 * SECOND_MS;
      later(anyTimeMs(random, MINUTE_MS, HOUR_MS), () => (bot.endingMs = 20));
    },
  },
  { name: "impatience", strike: (world) => void world.ask() },
];
