import { BOT_PHONE, createWorld, type Tree } from "@blacksky/harness";
import { delay, seededRandom, systemClock } from "@blacksky/machine";
import { measureUsage, sumOfUsage } from "@blacksky/supervisor";
import { gatherCrowd, type CrowdSize } from "./delivery/crowd.ts";
import { askQuestions } from "./delivery/questions.ts";
import { judgeAnswers, type Judgement } from "./delivery/tally.ts";
import { makeLeakyTree } from "./memory/leaky-tree.ts";

export interface MemoryChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly quotaMb?: number;
  /** Megabytes a second that the bot keeps for good. */
  readonly leak?: number;
  readonly crowd?: CrowdSize;
  readonly env?: Readonly<Record<string, string>>;
  /** Told each minute. */
  readonly report?: (line: string) => void;
}

/** What one run has taken, and what became of the questions. */
export interface MemoryChaosFigures extends Judgement {
  readonly quotaMb: number;
  readonly peakMb: number;
  /** What the log says was done. */
  readonly trims: number;
  readonly recycles: number;
  readonly restarts: number;
  /** How long there was no connection, each time; milliseconds. */
  readonly gapsMs: readonly number[];
  readonly pairings: number;
  /** Workers that ended otherwise than in order. */
  readonly crashes: number;
}

const CROWD: CrowdSize = { people: 20, groups: 2 };
const QUOTA_MB = 512;
const LEAK = 1;
const LOOK_MS = 100;
const MEASURE_EACH = 10;
const LONGEST_LULL_MS = 4_000;
const STILL_MS = 45_000;

/** Watches what the tree takes, and whether it is connected. */
const watchTree = (tree: Tree) => {
  const gapsMs: number[] = [];
  let peakMb = 0;
  let usedMb = 0;
  let goneAt: number | undefined;
  const end = new AbortController();
  const look = async (measures: boolean): Promise<void> => {
    const { connection, workers } = await tree.health();
    const now = performance.now();
    if (connection.state !== "open") goneAt ??= now;
    else if (goneAt !== undefined) {
      gapsMs.push(now - goneAt);
      goneAt = undefined;
    }
    if (!measures) return;
    const living = Object.entries(workers).flatMap(([id, { pid }]) => (pid === null ? [] : [{ id, pid }]));
    usedMb = sumOfUsage(await measureUsage([{ id: "runner", pid: tree.pid }, ...living]));
    peakMb = Math.max(peakMb, usedMb);
  };
  const run = async (): Promise<void> => {
    for (let at = 0; !end.signal.aborted; at += 1) {
      await look(at % MEASURE_EACH === 0);
      await delay(systemClock, LOOK_MS);
    }
  };
  const running = run();
  return {
    gapsMs,
    get peakMb() {
      return peakMb;
    },
    get usedMb() {
      return usedMb;
    },
    async stop(): Promise<void> {
      end.abort();
      await running;
    },
  };
};

const count = (output: string, words: string): number => output.split(words).length - 1;

/**
 * Lets a bot leak while people talk to it, and measures whether it keeps its quota, and what that costs them.
 *
 * @throws when the tree ends
 */
export const runMemoryChaos = async (options: MemoryChaosOptions): Promise<MemoryChaosFigures> => {
  const { minutes, seed, quotaMb = QUOTA_MB, leak = LEAK, crowd: size = CROWD, report } = options;
  const random = seededRandom(seed);
  const leaky = makeLeakyTree(leak);
  const world = await createWorld();
  try {
    const home = await world.createHome();
    const env = { MAX_MEMORY_MB: String(quotaMb), OWNER_NOTICES: "off", ...options.env };
    const tree = await home.startPaired({ script: leaky.script, env });
    const crowd = await gatherCrowd(world.simulator, BOT_PHONE, size);
    const questions = askQuestions(world.simulator, BOT_PHONE, crowd, random);
    const watch = watchTree(tree);
    const endAt = performance.now() + minutes * 60_000;
    let minute = 0;
    while (performance.now() < endAt) {
      await questions.put(1 + Math.floor(random() * 5), "leak");
      await delay(systemClock, random() * LONGEST_LULL_MS);
      const passed = Math.floor(minutes - (endAt - performance.now()) / 60_000);
      if (passed <= minute) continue;
      minute = passed;
      const { length } = questions.asked;
      report?.(`minute ${String(minute)}: ${watch.usedMb.toFixed(0)} MB, ${String(length)} asked so far`);
    }
    await questions.settle(STILL_MS);
    questions.stop();
    await watch.stop();
    const output = tree.output();
    const ledger = world.simulator.ledger();
    await tree.stop();
    return {
      ...judgeAnswers(ledger, questions.asked),
      quotaMb,
      peakMb: watch.peakMb,
      trims: count(output, "caches are trimmed"),
      recycles: count(output, "a worker is replaced in order"),
      restarts: count(output, "all workers begin anew"),
      gapsMs: watch.gapsMs,
      pairings: ledger.pairings,
      crashes: count(output, "; restarting in "),
    };
  } finally {
    leaky.remove();
    await world.close();
  }
};
