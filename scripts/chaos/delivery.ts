import { BOT_PHONE, createWorld, type World } from "@blacksky/harness";
import { delay, seededRandom, systemClock, type Random } from "@blacksky/machine";
import { gatherCrowd, type CrowdSize } from "./delivery/crowd.ts";
import { dealRounds, type RoundFault } from "./delivery/deal.ts";
import { strike, untilBack, type Strokes, type Sufferer } from "./delivery/faults.ts";
import { createPlatform, type Platform } from "./delivery/platform.ts";
import { askQuestions } from "./delivery/questions.ts";
import { judgeAnswers, type Judgement } from "./delivery/tally.ts";

export interface DeliveryChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly crowd?: CrowdSize;
  /** Questions of a round. */
  readonly burst?: number;
  /** Told after each round. */
  readonly report?: (line: string) => void;
}

/** What one run has done, and what became of the questions. */
export interface DeliveryChaosFigures extends Judgement, Strokes {
  /** Trees that were asked to end, and that vanished; the disk was wiped each time. */
  readonly cycles: number;
  readonly machines: number;
  /** Trees that ended by themselves because they were killed too often, and were started again. */
  readonly gaveUp: number;
  readonly pairings: number;
  readonly retryReceipts: number;
  readonly maxConcurrentSockets: number;
}

const CROWD: CrowdSize = { people: 50, groups: 3 };
const BURST = 20;
const LONGEST_LEAD_MS = 800;
/**
 * A bot that is killed every other second answers less than it is asked. People wait then, so that no question becomes so old
 * that it is not answered any more: that is another promise than the one that is tested here.
 */
const MOST_WAITING = 100;
/** After so many rounds there is a calm, until all is answered: what several processes died with is tried ever later. */
const ROUNDS_TO_CALM = 20;
/** A lost acknowledgement is waited for 20 seconds before the answer goes out again. */
const STILL_MS = 45_000;

interface Scene {
  readonly world: World;
  readonly platform: Platform;
  readonly sufferer: Sufferer;
  readonly leaveNothing: () => Promise<void>;
}

/** The whole tree ends in the middle of a burst, and another starts with an empty disk. */
const cycle = async (
  { platform, sufferer, leaveNothing }: Scene,
  fault: "term" | "machine",
  burst: number,
  env: Readonly<Record<string, string>>,
): Promise<void> => {
  const { random, questions } = sufferer;
  await sufferer.botPid();
  const asking = questions.put(burst, fault);
  await delay(systemClock, random() * LONGEST_LEAD_MS);
  await platform.end(fault === "term" ? "SIGTERM" : "SIGKILL");
  await leaveNothing();
  const back = untilBack(sufferer);
  await platform.start(env);
  await Promise.all([asking, back]);
};

const LOCAL = { INBOX_DURABILITY: "local" };
const REPLICATED = { INBOX_DURABILITY: "replicated" };

/** From here on a receipt waits for PostgreSQL: what is lost with the machine was not acknowledged. */
const waitForDatabase = async ({ platform, sufferer }: Scene): Promise<void> => {
  await sufferer.botPid();
  await platform.end("SIGTERM");
  const back = untilBack(sufferer);
  await platform.start(REPLICATED);
  await back;
};

const setScene = async (world: World, random: Random, size: CrowdSize): Promise<Scene> => {
  const home = await world.createHome();
  const platform = createPlatform(async (env) => {
    const tree = await home.start({ env });
    if (world.account.devices.length === 0) await home.pair(tree);
    return tree;
  });
  await platform.start(LOCAL);
  const { simulator } = world;
  const crowd = await gatherCrowd(simulator, BOT_PHONE, size);
  const questions = askQuestions(simulator, BOT_PHONE, crowd, random);
  return {
    world,
    platform,
    sufferer: { simulator, phone: BOT_PHONE, random, questions, botPid: () => platform.botPid() },
    async leaveNothing() {
      home.wipeDisk();
      await home.expireLease();
    },
  };
};

const playRound = async (scene: Scene, fault: RoundFault, burst: number, strokes: Strokes): Promise<void> => {
  if (fault === "term") await cycle(scene, fault, burst, LOCAL);
  else if (fault === "machine") await cycle(scene, fault, burst, REPLICATED);
  else await strike(scene.sufferer, fault, burst, strokes);
};

/**
 * Lets a crowd put questions to a bot that is killed, cut off and moved all the time, and counts what its people saw.
 *
 * @throws when a tree does not come back
 */
export const runDeliveryChaos = async (options: DeliveryChaosOptions): Promise<DeliveryChaosFigures> => {
  const { rounds, seed, crowd = CROWD, burst = BURST, report } = options;
  const random = seededRandom(seed);
  const world = await createWorld();
  const strokes: Strokes = { kills: 0, drops: 0 };
  try {
    const scene = await setScene(world, random, crowd);
    const { questions } = scene.sufferer;
    const dealt = dealRounds(rounds, random);
    for (const [at, fault] of dealt.entries()) {
      if (fault === "machine" && dealt[at - 1] !== "machine") await waitForDatabase(scene);
      await playRound(scene, fault, burst, strokes);
      const { asked, waiting } = questions;
      report?.(`round ${String(at + 1)}: ${fault}, ${String(asked.length)} asked so far, ${String(waiting)} wait`);
      await questions.settle(STILL_MS, (at + 1) % ROUNDS_TO_CALM === 0 ? 0 : MOST_WAITING);
    }
    await questions.settle(STILL_MS);
    questions.stop();
    const ledger = world.simulator.ledger();
    await scene.platform.end("SIGTERM");
    return {
      ...judgeAnswers(ledger, questions.asked),
      ...strokes,
      cycles: dealt.filter((fault) => fault === "term").length,
      machines: dealt.filter((fault) => fault === "machine").length,
      gaveUp: scene.platform.gaveUp,
      pairings: ledger.pairings,
      retryReceipts: ledger.retryReceipts,
      maxConcurrentSockets: ledger.maxConcurrentSockets,
    };
  } finally {
    await world.close();
  }
};
