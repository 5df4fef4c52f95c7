import { pick } from "@blacksky/machine";
import { isPermanent } from "@blacksky/whatsapp";
import { anyTimeMs, FAULTS } from "./faults.ts";
import { createVirtualWorld, type VirtualWorld } from "./virtual-world.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How a life of faults ended, before and after a person came. */
export interface LifeFigures {
  readonly seed: number;
  readonly faults: readonly string[];
  /** `stuck` is what must never be. */
  readonly end: "open" | "logged-out" | "replaced" | "refused" | "wants a phone" | "stuck";
  /** Whether WhatsApp had said what such an end needs. */
  readonly justified: boolean;
  /** From when nothing was wrong any more to that end. */
  readonly settledMs: number;
  /** Attempts in the day after an end that is to last, though keeper and bot are started anew. */
  readonly needless: number;
  /** Attempts during a ban whose end WhatsApp had told. */
  readonly duringBan: number;
  /** A person put right what only a person can, and the bot was open. */
  readonly openInTheEnd: boolean;
  readonly attempts: number;
  /** The shortest time between the starts of two attempts. */
  readonly leastGapMs: number;
  readonly mostSockets: number;
}

/** Strikes with up to a dozen faults, some at once and some hours apart, then puts right what is not for a person to do. */
const befall = async (world: VirtualWorld): Promise<readonly string[]> => {
  const { bot, clock, random, whatsApp } = world;
  const names: string[] = [];
  let healed = false;
  const later = (delayMs: number, undo: () => void): void => {
    clock.startTimer(delayMs, () => {
      if (!healed) undo();
    });
  };
  for (let count = 1 + Math.floor(random() * 12); count > 0; count -= 1) {
    await world.pass(anyTimeMs(random, 100, HOUR_MS));
    const fault = pick(random, FAULTS);
    names.push(fault.name);
    fault.strike(world, later);
  }
  await world.pass(anyTimeMs(random, 100, HOUR_MS));
  healed = true;
  whatsApp.weather = "fair";
  whatsApp.rivalUntilMs = 0;
  bot.hasLease = true;
  bot.endingMs = 20;
  bot.start();
  world.startKeeper();
  return names;
};

/** Open and known to be; at an end only a person changes; or with nobody to scan the QR code. */
const endOf = ({ bot, state, whatsApp }: VirtualWorld): LifeFigures["end"] => {
  if (state === undefined) return "stuck";
  if (state.status === "open" && whatsApp.isOpen) return "open";
  if (isPermanent(state)) {
    if (state.status === "loggedOut") return "logged-out";
    return state.status === "replaced" ? "replaced" : "refused";
  }
  return bot.paired || state.status === "idle" ? "stuck" : "wants a phone";
};

const TEN_MINUTES_MS = 10 * MINUTE_MS;

const isJustified = ({ whatsApp }: VirtualWorld, end: LifeFigures["end"]): boolean => {
  const { refusals } = whatsApp.account;
  const [one = -Infinity, other = Infinity] = whatsApp.takenOverMs.slice(-2);
  switch (end) {
    case "open":
      return true;
    case "logged-out":
      return refusals.includes(401);
    case "refused":
      return refusals.some((code) => code !== 401);
    case "replaced":
      return other - one < TEN_MINUTES_MS;
    case "wants a phone":
      return refusals.some((code) => code !== 411);
    case "stuck":
      return false;
  }
};

/** The longest pauses: a ban's own, the hour after a ban without an end, twenty minutes of a client that was rejected. */
const longestMs = ({ clock, whatsApp }: VirtualWorld): number =>
  Math.max(0, whatsApp.account.bannedUntilMs - clock.now()) + 90 * MINUTE_MS;

const leastGapMs = ({ whatsApp: { attemptsMs } }: VirtualWorld): number =>
  Math.min(...attemptsMs.slice(1).map((ms, index) => ms - (attemptsMs[index] ?? 0)));

/** One bot's life under random faults: the same seed, the same life. */
export const runLife = async (seed: number): Promise<LifeFigures> => {
  const world = createVirtualWorld(seed);
  const { bot, clock, random, whatsApp } = world;
  world.startKeeper();
  const faults = await befall(world);

  const healedMs = clock.monotonic();
  await world.pass(longestMs(world), () => endOf(world) !== "stuck");
  const end = endOf(world);
  const settledMs = clock.monotonic() - healedMs;
  // What a bot that stalled was ordered to do before is done first.
  if (end !== "wants a phone") await world.pass(MINUTE_MS);
  const before = whatsApp.attemptsMs.length;
  if (end === "replaced" || end === "refused") {
    world.crashKeeper();
    world.crashBot(SECOND_MS);
    await world.pass(Math.round(random() * 2 * SECOND_MS));
    world.startKeeper();
  }
  if (end !== "wants a phone") await world.pass(24 * HOUR_MS);
  const needless = whatsApp.attemptsMs.length - before;

  whatsApp.phoneReady = true;
  if (bot.paired) whatsApp.account.pardon();
  if (end !== "open") await world.ask();
  // Not even a person shortens a pause that WhatsApp asked for; and an account that is banned stays so, paired anew or not.
  await world.pass(longestMs(world), () => endOf(world) === "open");
  const { attemptsMs, mostSockets } = whatsApp;
  const justified = isJustified(world, end);
  const openInTheEnd = endOf(world) === "open";
  world.crashKeeper();
  return {
    seed,
    faults,
    end,
    justified,
    settledMs,
    needless,
    duringBan: whatsApp.attemptsDuringBan,
    openInTheEnd,
    attempts: attemptsMs.length,
    leastGapMs: leastGapMs(world),
    mostSockets,
  };
};
