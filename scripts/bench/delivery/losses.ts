import { waitFor } from "@blacksky/harness";
import { pick, seededRandom } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import { cpSync } from "node:fs";
import { gatherCrowd } from "../../chaos/delivery/crowd.ts";
import { strike, type BotFault, type Strokes, type Sufferer } from "../../chaos/delivery/faults.ts";
import { createPlatform } from "../../chaos/delivery/platform.ts";
import { askQuestions } from "../../chaos/delivery/questions.ts";
import { judgeAnswers, type Tally } from "../../chaos/delivery/tally.ts";
import { startUnderPm2, type ServerEnv } from "../bare-script.ts";
import { pairBare } from "../paired-bots.ts";
import { makeFolder } from "../session/key-stores.ts";
import { describeCounts } from "./describe-counts.ts";
import type { OurHomes } from "./our-trees.ts";

export interface LossSizes {
  readonly people: number;
  readonly groups: number;
  /** How often each bot is struck. */
  readonly bursts: number;
  /** Questions around each stroke. */
  readonly questions: number;
  /** How long nobody is answered until no more answers are waited for. */
  readonly stillMs: number;
}

/** What became of one bot's questions. */
export interface LossFigures extends Tally, Strokes {
  readonly name: string;
  /** Of how many bursts it came back; a bot that does not is asked nothing more. */
  readonly survived: number;
}

const OURS = "4915550000011";
const BARE = "4915550000012";
const ANSWER = "Pong!";
const SEED = 11;
const DEADLINE_MS = 30_000;
const FAULTS: readonly BotFault[] = ["kill", "kill-draining", "drop"];

/** Strikes a bot in the middle of bursts; the dice are the same for each. */
const suffer = async (
  name: string,
  simulator: Simulator,
  { phone, botPid }: { readonly phone: string; readonly botPid: () => Promise<number> },
  sizes: LossSizes,
): Promise<LossFigures> => {
  const random = seededRandom(SEED);
  const crowd = await gatherCrowd(simulator, phone, sizes);
  const questions = askQuestions(simulator, phone, crowd, random);
  const sufferer: Sufferer = { simulator, phone, random, questions, botPid };
  const strokes: Strokes = { kills: 0, drops: 0 };
  const faults = Array.from({ length: sizes.bursts }, () => pick(random, FAULTS));
  let survived = 0;
  try {
    for (const fault of faults) {
      await strike(sufferer, fault, sizes.questions, strokes);
      survived += 1;
    }
  } catch (error) {
    // A bot that does not come back is a figure as well.
    console.log(`  ${name}: ${String(error)}`);
  }
  await questions.settle(sizes.stillMs);
  questions.stop();
  return { name, ...judgeAnswers(simulator.ledger(), questions.asked).sum, ...strokes, survived };
};

const measureBare = async (simulator: Simulator, server: ServerEnv, sizes: LossSizes): Promise<LossFigures> => {
  const [paired, folder] = [makeFolder("bare"), makeFolder("bare")];
  await pairBare(simulator, BARE, paired.path, server);
  cpSync(paired.path, folder.path, { recursive: true });
  const pm2 = startUnderPm2(makeFolder("pm2").path, folder.path, server, ANSWER);
  try {
    const isOnline = (): true | undefined =>
      simulator.accounts.some((account) => account.phone === BARE && account.online) || undefined;
    await waitFor("the script is open", isOnline, DEADLINE_MS);
    return await suffer("bare Baileys under pm2", simulator, { phone: BARE, botPid: () => pm2.runningPid() }, sizes);
  } finally {
    pm2.stop();
    paired.remove();
    folder.remove();
  }
};

const measureOurs = async (simulator: Simulator, homes: OurHomes, sizes: LossSizes): Promise<LossFigures> => {
  const home = await homes.create(OURS);
  const platform = createPlatform((env) => home.start(env));
  await platform.start({ INBOX_DURABILITY: "local" });
  try {
    return await suffer("ours", simulator, { phone: OURS, botPid: () => platform.botPid() }, sizes);
  } finally {
    await platform.end("SIGTERM");
  }
};

/** What kills and drops cost the people who ask a bot, ours beside Baileys with a listener under pm2. */
export const measureLosses = async (
  simulator: Simulator,
  homes: OurHomes,
  server: ServerEnv,
  sizes: LossSizes,
): Promise<readonly LossFigures[]> => [
  await measureBare(simulator, server, sizes),
  await measureOurs(simulator, homes, sizes),
];

/** A line for each bot. */
export const describeLosses = (figures: readonly LossFigures[], sizes: LossSizes): string =>
  describeCounts(
    ["asked", "lost", "unanswered", "seen twice", "kills", "drops", "bursts"],
    figures.map(({ name, asked, lost, unanswered, twice, kills, drops, survived }) => ({
      name,
      counts: [asked, lost, unanswered, twice, kills, drops, `${String(survived)}/${String(sizes.bursts)}`],
    })),
  );
