import type { Tree } from "@blacksky/harness";
import { delay, systemClock } from "@blacksky/machine";
import type { Person, Simulator } from "@blacksky/simulator";
import type { ChildProcess } from "node:child_process";
import { cpSync } from "node:fs";
import { gatherCrowd } from "../../chaos/delivery/crowd.ts";
import { endBareScript, startBareScript, untilTold, type ServerEnv } from "../bare-script.ts";
import { BARE, OURS, pairBare } from "../paired-bots.ts";
import { quantile, record, type Limit, type Samples } from "../session/figures.ts";
import { makeFolder } from "../session/key-stores.ts";
import { cpuTimeMs } from "./cpu-time.ts";
import type { OurHomes } from "./our-trees.ts";

export interface EchoSizes {
  readonly people: number;
  /** Each person asks so often in a round of each bot. */
  readonly questions: number;
}

/** How many people wait for an answer at one time. */
const SPEAKERS = 5;
const ANSWER_MS = 20_000;
/** The readers' receipts come after 200 ms, and are part of the work. */
const SETTLE_MS = 500;
const DURABLE = "4915550000004";
const CACHED = "4915550000005";

/** What a stranger gets who asks for this: a short sentence, and no work. */
const QUESTION = ".backup";
const ANSWER = "Only my owner may ask for that.";

/** A bot under measurement. */
interface Echoer {
  readonly name: string;
  readonly phone: string;
  readonly pid: number;
  /** Of all its processes together, where it has several. */
  readonly allPids: readonly number[];
  stop(): Promise<void>;
}

const NAMES = {
  bare: "bare Baileys, a file per key",
  cached: "bare Baileys, its cache before the files",
  ours: "ours",
  durable: "ours, INBOX_DURABILITY=replicated",
} as const;

const cpuOf = (name: string): string => `${name}: CPU an answer, ms`;
const treeOf = (name: string): string => `${name}: CPU an answer, all processes, ms`;
const waitOf = (name: string, which: "p50" | "p99"): string => `${name}: answer, ${which} ms`;

/** What the figures are held against: the better of the two bare bots would be hard to tell before a run. */
export const ECHO_LIMITS: readonly Limit[] = [
  { name: "CPU an answer / bare", figure: cpuOf(NAMES.ours), of: cpuOf(NAMES.bare), atMost: 1.15 },
  { name: "CPU an answer / bare with its cache", figure: cpuOf(NAMES.ours), of: cpuOf(NAMES.cached), atMost: 1.15 },
  { name: "CPU an answer, replicated / bare", figure: cpuOf(NAMES.durable), of: cpuOf(NAMES.bare), atMost: 1.15 },
  {
    name: "CPU an answer, replicated / bare with its cache",
    figure: cpuOf(NAMES.durable),
    of: cpuOf(NAMES.cached),
    atMost: 1.15,
  },
  {
    name: "answer, p50: replicated / local",
    figure: waitOf(NAMES.durable, "p50"),
    of: waitOf(NAMES.ours, "p50"),
  },
];

/** Everybody asks so often and waits for each answer; resolves with the times that took. */
const talk = async (people: readonly Person[], phone: string, questions: number): Promise<number[]> => {
  const left = people.flatMap((person) => Array.from({ length: questions }, () => person));
  const took: number[] = [];
  const speak = async (): Promise<void> => {
    for (let by = left.shift(); by !== undefined; by = left.shift()) {
      const from = performance.now();
      const { text } = await by.ask(phone, QUESTION, ANSWER_MS);
      if (text !== ANSWER) throw new Error(`The bot of ${phone} answered something else: ${text}`);
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: SPEAKERS }, speak));
  return took;
};

const measureRound = async (samples: Samples, echoer: Echoer, people: readonly Person[], questions: number) => {
  const { name, phone, pid, allPids } = echoer;
  const sum = (): number => allPids.reduce((all, each) => all + cpuTimeMs(each), 0);
  const [before, allBefore] = [cpuTimeMs(pid), sum()];
  const took = await talk(people, phone, questions);
  await delay(systemClock, SETTLE_MS);
  record(samples, cpuOf(name), (cpuTimeMs(pid) - before) / took.length);
  if (allPids.length > 1) record(samples, treeOf(name), (sum() - allBefore) / took.length);
  record(samples, waitOf(name, "p50"), quantile(took, 0.5));
  record(samples, waitOf(name, "p99"), quantile(took, 0.99));
};

const startBare = async (
  simulator: Simulator,
  { name, phone, env }: { readonly name: string; readonly phone: string; readonly env: ServerEnv },
): Promise<Echoer> => {
  const [paired, folder] = [makeFolder("bare"), makeFolder("bare")];
  await pairBare(simulator, phone, paired.path, env);
  cpSync(paired.path, folder.path, { recursive: true });
  paired.remove();
  const child: ChildProcess = startBareScript(folder.path, env, ANSWER);
  await untilTold(child, "open");
  const pid = child.pid ?? 0;
  return {
    name,
    phone,
    pid,
    allPids: [pid],
    async stop() {
      await endBareScript(child);
      folder.remove();
    },
  };
};

const startTree = async (
  homes: OurHomes,
  {
    name,
    phone,
    env,
  }: { readonly name: string; readonly phone: string; readonly env: Readonly<Record<string, string>> },
): Promise<Echoer> => {
  const home = await homes.create(phone);
  const tree: Tree = await home.start(env);
  const workers = await Promise.all((["bot", "keeper", "backup"] as const).map((id) => tree.workerPid(id)));
  const [pid = 0] = workers;
  return { name, phone, pid, allPids: [tree.pid, ...workers], stop: () => tree.stop() };
};

/**
 * What an answer costs: processor time of the process that has the socket, ours beside Baileys with an `upsert` listener.
 * All bots run at the same time and are asked in turns, by the same people in the same way.
 */
export const measureEcho = async (
  samples: Samples,
  simulator: Simulator,
  homes: OurHomes,
  { rounds, sizes, server }: { readonly rounds: number; readonly sizes: EchoSizes; readonly server: ServerEnv },
): Promise<void> => {
  const echoers: Echoer[] = [];
  try {
    echoers.push(await startBare(simulator, { name: NAMES.bare, phone: BARE, env: server }));
    const cached = { ...server, CACHED: "1" };
    echoers.push(await startBare(simulator, { name: NAMES.cached, phone: CACHED, env: cached }));
    echoers.push(await startTree(homes, { name: NAMES.ours, phone: OURS, env: { INBOX_DURABILITY: "local" } }));
    const durable = { INBOX_DURABILITY: "replicated" };
    echoers.push(await startTree(homes, { name: NAMES.durable, phone: DURABLE, env: durable }));
    const { people } = await gatherCrowd(simulator, OURS, { people: sizes.people, groups: 0 });
    // Sessions are opened, and what runs often is compiled.
    for (const { phone } of echoers) await talk(people, phone, 2);
    for (let round = 0; round < rounds; round++) {
      for (const echoer of echoers) await measureRound(samples, echoer, people, sizes.questions);
    }
  } finally {
    await Promise.all(echoers.map((echoer) => echoer.stop()));
  }
};
