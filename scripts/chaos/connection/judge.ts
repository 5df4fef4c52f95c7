import type { HerdFigures } from "./herd.ts";
import type { LifeFigures } from "./life.ts";

/** The distance the machine keeps between two attempts with the product's defaults. */
const SPACING_MS = 2_000;
/** How far apart a hundred bots have to come back after an hour. */
const SPREAD_MS = 30_000;

/** What is wrong with a life, in words; nothing when it is as promised. */
export const findWrongs = (life: LifeFigures): readonly string[] => {
  const wrongs: string[] = [];
  if (life.end === "stuck") wrongs.push("is neither open nor at an end that somebody could change");
  else if (!life.justified) wrongs.push(`is at an end (${life.end}) that WhatsApp had not asked for`);
  if (life.mostSockets > 1) wrongs.push(`had ${String(life.mostSockets)} sockets at once`);
  if (life.leastGapMs < SPACING_MS) wrongs.push(`made two attempts within ${String(life.leastGapMs)} ms`);
  if (life.duringBan > 0) wrongs.push(`connected ${String(life.duringBan)} times during a ban`);
  if (life.needless > 0) wrongs.push(`connected ${String(life.needless)} times more without a reason`);
  if (!life.openInTheEnd) wrongs.push("did not come back though a person asked for it");
  return wrongs;
};

/** True when the bots did not come back together. */
export const isSpread = ({ spreadMs }: HerdFigures): boolean => spreadMs >= SPREAD_MS;
