import { describeSpread } from "./figures.ts";
import { OUTAGES, runHerd } from "./connection/herd.ts";
import { findWrongs, isSpread } from "./connection/judge.ts";
import { runLife, type LifeFigures } from "./connection/life.ts";

const BOTS = 100;
const MINUTE_MS = 60_000;

const countEnds = (lives: readonly LifeFigures[]): string => {
  const counts = new Map<string, number>();
  for (const { end } of lives) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts].map(([end, count]) => `${end} ${String(count)}`).join(", ");
};

/**
 * Lives of one bot each under random faults, and a hundred bots after an outage of an hour; all in virtual time, with the real
 * controller. True when all is as promised.
 */
export const runConnectionChaos = async (
  rounds: number,
  seed: number,
  print: (line: string) => void,
): Promise<boolean> => {
  const lives: LifeFigures[] = [];
  for (let round = 0; round < rounds; round += 1) lives.push(await runLife(seed + round));
  const wrong = lives.filter((life) => findWrongs(life).length > 0);
  for (const life of wrong) {
    print(
      `  The bot of --rounds 1 --seed ${String(life.seed)} ${findWrongs(life).join(", ")}: ${life.faults.join(", ")}`,
    );
  }
  const sum = (figure: (life: LifeFigures) => number): number => lives.reduce((all, life) => all + figure(life), 0);
  const settled = lives.map(({ settledMs }) => settledMs / MINUTE_MS);
  print(
    `\n${String(rounds)} lives, ${String(sum(({ faults }) => faults.length))} faults, virtual time, default settings`,
  );
  print(`  they end                ${countEnds(lives)}`);
  print(`  settled after           ${describeSpread(settled, "min")} from when nothing was wrong any more`);
  print(
    `  unjustified or stuck    ${String(lives.filter(({ end, justified }) => end === "stuck" || !justified).length)}`,
  );
  print(`  most sockets at once    ${String(Math.max(...lives.map(({ mostSockets }) => mostSockets)))}`);
  print(`  attempts to connect     ${String(sum(({ attempts }) => attempts))}`);
  print(`  closest two attempts    ${String(Math.min(...lives.map(({ leastGapMs }) => leastGapMs)))} ms`);
  print(`  during a known ban      ${String(sum(({ duringBan }) => duringBan))}`);
  print(
    `  needless attempts       ${String(sum(({ needless }) => needless))} in a day after the end, keeper and bot started anew`,
  );
  print(`  open once a person came ${String(lives.filter(({ openInTheEnd }) => openInTheEnd).length)}`);

  let spread = true;
  print(`\n${String(BOTS)} bots after an outage of an hour`);
  for (const outage of Object.keys(OUTAGES)) {
    const herd = await runHerd(outage, BOTS, seed);
    const seconds = herd.openAgainMs.map((ms) => ms / 1000);
    const apart = `spread over ${(herd.spreadMs / 1000).toFixed(0)} s, at most ${String(herd.busiestSecond)} within a second`;
    print(`  ${outage.padEnd(22)}  ${apart}; open again after ${describeSpread(seconds, "s")}`);
    spread &&= isSpread(herd);
  }
  return wrong.length === 0 && spread;
};
