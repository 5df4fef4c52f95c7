import { BOT_PHONE, createWorld, type Home, type Tree, type World } from "@blacksky/harness";
import { delay, seededRandom, systemClock, type Random } from "@blacksky/machine";
import type { Group } from "@blacksky/simulator";
import { watchStore } from "./store-watch.ts";
import { askEverybody, findUnanswered, startTraffic, type Question } from "./traffic.ts";
import { watchUndecryptable, type Undecryptable } from "./undecryptable.ts";

/** How a tree ends: its machine vanishes, or its platform asks it to go. */
export type Ending = "kill" | "term";

export interface SessionChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly ending: Ending;
  /** Told after each round. */
  readonly report?: (line: string) => void;
}

/** What one run has counted. */
export interface SessionChaosFigures {
  readonly pairings: number;
  readonly retryReceipts: number;
  readonly undecryptable: Undecryptable;
  readonly asked: number;
  /** How many of them nobody had answered when the tree was gone. */
  readonly leftToNext: number;
  /** Questions that never got an answer. */
  readonly unanswered: number;
  /** Per round: changes that the replica lacked at the end. */
  readonly lostChanges: readonly number[];
  /** Per round: how old the oldest of them was, in milliseconds. */
  readonly lostAgesMs: readonly number[];
}

const LONGEST_ROUND_MS = 2_000;
const LONGEST_LEAD_MS = 300;
/** What a killed tree had acknowledged and not answered never is; a rush takes the next tree a while. */
const ANSWER_MS: Record<Ending, number> = { kill: 5_000, term: 15_000 };

interface Round {
  readonly asked: readonly Question[];
  readonly leftToNext: number;
  readonly lostChanges: number;
  readonly lostAgeMs: number;
}

interface Scene {
  readonly world: World;
  readonly home: Home;
  readonly group: Group;
  readonly random: Random;
}

const endTree = async (tree: Tree, ending: Ending): Promise<void> => {
  tree.signal(ending === "kill" ? "SIGKILL" : "SIGTERM", "group");
  const { code } = await tree.exited;
  if (ending === "term" && code !== 0) throw new Error(`A tree that was asked to end exited with ${String(code)}.`);
};

/** The machine is gone and the time of its lease has passed. */
const leaveNothing = async (home: Home): Promise<void> => {
  home.wipeDisk();
  await home.expireLease();
};

const playRound = async ({ world, home, group, random }: Scene, tree: Tree, ending: Ending): Promise<Round> => {
  const watch = watchStore(home.dataDir);
  const traffic = startTraffic(world, group, random);
  await delay(systemClock, random() * LONGEST_ROUND_MS);
  // One that is asked to end has time to bring a rush in order; it begins at a random moment before.
  const rush = ending === "term" ? traffic.rush() : undefined;
  if (rush !== undefined) await delay(systemClock, random() * LONGEST_LEAD_MS);
  await endTree(tree, ending);
  const [asked, { local, replica }] = await Promise.all([traffic.stop(), home.compareReplica(), rush]);
  const leftToNext = (await findUnanswered(asked, 0)).length;
  const position = replica?.position ?? 0;
  const lostAgeMs = watch.ageAfter(position);
  await watch.close();
  await leaveNothing(home);
  return { asked, leftToNext, lostChanges: local.position - position, lostAgeMs };
};

const startOpen = async (home: Home): Promise<Tree> => {
  const tree = await home.start();
  await tree.waitUntilOpen();
  return tree;
};

const describeRound = (round: number, result: Round, left: number, world: World): string => {
  const { asked, leftToNext, lostChanges, lostAgeMs } = result;
  const { pairings, retryReceipts } = world.simulator.ledger();
  const lost = `${lostChanges} changes of ${lostAgeMs} ms not replicated`;
  const sums = `so far ${pairings} pairing, ${retryReceipts} retry receipts`;
  return `round ${round}: ${asked.length} asked, ${leftToNext} left to the next, ${left} never answered, ${lost}; ${sums}`;
};

const setScene = async (world: World, random: Random): Promise<Scene> => {
  const home = await world.createHome();
  const tree = await home.startPaired();
  const members = [BOT_PHONE, world.owner.phone, world.friend.phone];
  const group = await world.simulator.addGroup({ subject: "Everybody", members });
  await askEverybody(world, group, random);
  await endTree(tree, "term");
  await leaveNothing(home);
  return { world, home, group, random };
};

/**
 * Ends a bot at random moments under two-way traffic, wipes its disk, restores it from PostgreSQL and goes on, `rounds`
 * times. One that is asked to end is in the middle of a rush of questions then.
 *
 * @throws when a tree does not come back, or at the end somebody gets no answer
 */
export const runSessionChaos = async (options: SessionChaosOptions): Promise<SessionChaosFigures> => {
  const { rounds, seed, ending, report } = options;
  const random = seededRandom(seed);
  const world = await createWorld();
  try {
    const undecryptable = watchUndecryptable(world.simulator);
    const scene = await setScene(world, random);
    const played: Round[] = [];
    let asked = 0;
    let leftToNext = 0;
    let unanswered = 0;
    let tree = await startOpen(scene.home);
    for (let round = 1; round <= rounds; round++) {
      const result = await playRound(scene, tree, ending);
      // The next tree answers what this one could not.
      tree = await startOpen(scene.home);
      const left = await findUnanswered(result.asked, ANSWER_MS[ending]);
      played.push(result);
      asked += result.asked.length;
      leftToNext += result.leftToNext;
      unanswered += left.length;
      report?.(describeRound(round, result, left.length, world));
    }
    await askEverybody(world, scene.group, random);
    await endTree(tree, "term");
    const ledger = world.simulator.ledger();
    return {
      pairings: ledger.pairings,
      retryReceipts: ledger.retryReceipts,
      undecryptable: undecryptable.read(ledger),
      asked,
      leftToNext,
      unanswered,
      lostChanges: played.map(({ lostChanges }) => lostChanges),
      lostAgesMs: played.map(({ lostAgeMs }) => lostAgeMs),
    };
  } finally {
    await world.close();
  }
};
