import { createVirtualWorld } from "./virtual-world.ts";
import { goodbye, type Weather } from "./virtual-whatsapp.ts";

const MINUTE_MS = 60_000;
const OUTAGE_MS = 60 * MINUTE_MS;

/** How WhatsApp is missing: no network, an HTTP answer that Baileys waits on for ever, or servers that say so. */
export const OUTAGES: Readonly<Record<string, Weather>> = {
  unreachable: "unreachable",
  silent: "silent",
  unavailable: { refusesWith: 503 },
};

/** When each bot was open again, from the end of the outage. */
export interface HerdFigures {
  readonly outage: string;
  readonly openAgainMs: readonly number[];
  /** From the first to the last. */
  readonly spreadMs: number;
  /** The most that came back within one second. */
  readonly busiestSecond: number;
}

const comeBackMs = async (seed: number, weather: Weather): Promise<number> => {
  const world = createVirtualWorld(seed);
  const { clock, whatsApp } = world;
  world.startKeeper();
  await world.pass(MINUTE_MS);
  whatsApp.weather = weather;
  whatsApp.hangUp(goodbye(428));
  await world.pass(OUTAGE_MS);
  whatsApp.weather = "fair";
  const beganMs = clock.monotonic();
  await world.pass(OUTAGE_MS, () => whatsApp.isOpen);
  if (!whatsApp.isOpen) throw new Error(`The bot of seed ${String(seed)} did not come back within an hour.`);
  const tookMs = clock.monotonic() - beganMs;
  world.crashKeeper();
  return tookMs;
};

/** Many bots, each with a chance of its own, whom the same outage of an hour cuts off in the same moment. */
export const runHerd = async (outage: string, bots: number, seed: number): Promise<HerdFigures> => {
  const weather = OUTAGES[outage];
  if (weather === undefined) throw new Error(`There is no outage "${outage}".`);
  const openAgainMs: number[] = [];
  for (let bot = 0; bot < bots; bot += 1) openAgainMs.push(await comeBackMs(seed + bot, weather));
  const within = (ms: number): number => openAgainMs.filter((other) => other >= ms && other < ms + 1000).length;
  return {
    outage,
    openAgainMs,
    spreadMs: Math.max(...openAgainMs) - Math.min(...openAgainMs),
    busiestSecond: Math.max(...openAgainMs.map(within)),
  };
};
