import type { Random } from "@blacksky/machine";
import { delay, systemClock } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import type { Questions } from "./questions.ts";

/** What befalls a bot while it is asked. */
export type BotFault = "kill" | "kill-draining" | "drop" | "bad-line";

/** A bot that answers a crowd, and can be killed. */
export interface Sufferer {
  readonly simulator: Simulator;
  readonly phone: string;
  readonly random: Random;
  readonly questions: Questions;
  /** The process that has the socket, as soon as there is one. */
  botPid(): Promise<number>;
}

/** How often each thing was done. */
export interface Strokes {
  kills: number;
  drops: number;
}

const AWAY_MS = 120_000;
const LONGEST_LEAD_MS = 800;
/** A backlog of a burst has drained after about this time. */
const LONGEST_DRAIN_MS = 500;
const BAD_LINE_SHARE = 0.15;
const DICE = 1_000_000;

const kill = (pid: number, strokes: Strokes): void => {
  process.kill(pid, "SIGKILL");
  strokes.kills += 1;
};

/** Resolves when the bot is logged in the next time and gets its queue. */
export const untilBack = async ({ simulator, phone }: Sufferer): Promise<void> => {
  await simulator.waitFor((event) => event.type === "device.activated" && event.phone === phone, AWAY_MS);
};

const pause = (random: Random, longestMs: number): Promise<void> => delay(systemClock, random() * longestMs);

/** Every fault that messages can have, at random, or none any more. */
const setLine = ({ simulator, phone, random }: Sufferer, isBad: boolean): void => {
  const odds = () => ({ chance: BAD_LINE_SHARE, seed: Math.floor(random() * DICE) });
  const { faults } = simulator;
  faults.withholdAcks(phone, isBad, odds());
  faults.duplicate(phone, "at-once", isBad, odds());
  faults.duplicate(phone, "after-receipt", isBad, odds());
  faults.damage(phone, "to-client", isBad, odds());
  faults.damage(phone, "from-client", isBad, odds());
  faults.loseReceipts(phone, "client", isBad, odds());
  faults.loseReceipts(phone, "people", isBad, odds());
};

/** Puts a burst of questions, strikes in the middle of it, and resolves when the bot is there again. */
export const strike = async (sufferer: Sufferer, fault: BotFault, burst: number, strokes: Strokes): Promise<void> => {
  const { simulator, phone, random, questions } = sufferer;
  const pid = await sufferer.botPid();
  const back = untilBack(sufferer);
  if (fault === "kill-draining") {
    // What is asked while the bot is away drains when it is back: that is when it is killed again.
    kill(pid, strokes);
    await questions.put(burst, fault);
    await back;
    const again = untilBack(sufferer);
    const next = await sufferer.botPid();
    await pause(random, LONGEST_DRAIN_MS);
    kill(next, strokes);
    await again;
    return;
  }
  if (fault === "bad-line") setLine(sufferer, true);
  const asking = questions.put(burst, fault);
  await pause(random, LONGEST_LEAD_MS);
  if (fault === "kill") kill(pid, strokes);
  else strokes.drops += simulator.faults.drop(phone);
  await Promise.all([asking, back]);
  if (fault === "bad-line") setLine(sufferer, false);
};
