import {
  BOT_PHONE,
  createWorld,
  startDatabaseProxy,
  waitFor,
  type Home,
  type Tree,
  type World,
} from "@blacksky/harness";
import { delay, seededRandom, systemClock, type Random } from "@blacksky/machine";
import type { Group } from "@blacksky/simulator";
import { OUTAGES, type DatabasePlace, type OutageKind } from "./outage/kinds.ts";
import { watchMemory } from "./outage/process-memory.ts";
import { startTalk, type Exchange } from "./talk.ts";
import { askEverybody } from "./traffic.ts";

/** Who is killed with SIGKILL in the middle of an outage; `tree` is asked to end, and starts again in the outage. */
export type Victim = "nobody" | "bot" | "backup" | "tree";

/** One outage. */
export interface OutageRound {
  readonly kind: OutageKind;
  readonly victim: Victim;
  /** How long it lasts, at least: it never ends before it has shown in the health. */
  readonly lastsMs: number;
}

export interface OutageChaosOptions {
  readonly rounds: readonly OutageRound[];
  readonly seed: number;
  /** Told after each round. */
  readonly report?: (figures: OutageFigures) => void;
}

/** What one outage has cost. */
export interface OutageFigures extends OutageRound {
  /** From its beginning until the health said so. */
  readonly shownMs: number;
  /** From its end until the health was well again and the replica had everything. */
  readonly caughtUpMs: number;
  readonly asked: number;
  readonly unanswered: number;
  /** Middle times of an answer before and during it. */
  readonly medianBeforeMs: number;
  readonly medianDuringMs: number;
  readonly slowestDuringMs: number;
  /** Changes that waited on the disk at its end. */
  readonly waited: number;
  /** New connections to WhatsApp. */
  readonly logins: number;
  /** Messages that the bot had to ask for again. */
  readonly retryReceipts: number;
  /** Processes that were started anew, the victim among them. */
  readonly restarts: number;
  readonly leaseKept: boolean;
  readonly backupMb: { readonly first: number; readonly peak: number };
  /** Whether replica and store were the same afterwards. */
  readonly equal: boolean;
}

/** What the whole run has counted. */
export interface OutageChaosFigures {
  readonly rounds: readonly OutageFigures[];
  readonly pairings: number;
  readonly retryReceipts: number;
}

interface Scene {
  readonly world: World;
  readonly home: Home;
  readonly group: Group;
  readonly random: Random;
  readonly place: DatabasePlace;
  readonly start: () => Promise<Tree>;
}

const CALM_MS = 3_000;
const DEADLINE_MS = 60_000;

const middle = (exchanges: readonly Exchange[]): number => {
  const times = exchanges.flatMap(({ tookMs }) => tookMs ?? []).toSorted((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? Infinity;
};

const countRestarts = async (tree: Tree): Promise<number> => {
  const { workers } = await tree.health();
  return Object.values(workers).reduce((sum, { restarts }) => sum + restarts, 0);
};

/** Resolves with the tree that goes on. */
const strike = async ({ start }: Scene, tree: Tree, victim: Victim): Promise<Tree> => {
  if (victim === "nobody") return tree;
  if (victim === "tree") {
    tree.signal("SIGTERM", "group");
    const { code } = await tree.exited;
    if (code !== 0) throw new Error(`A tree that was asked to end in an outage exited with ${String(code)}.`);
    const next = await start();
    await next.waitUntilOpen(DEADLINE_MS);
    return next;
  }
  const pid = await tree.workerPid(victim);
  process.kill(pid, "SIGKILL");
  await tree.waitForHealth(
    `another ${victim} runs`,
    ({ workers }) => workers[victim].state === "running" && workers[victim].pid !== pid,
    DEADLINE_MS,
  );
  await tree.waitUntilOpen(DEADLINE_MS);
  return tree;
};

const waitUntilEqual = async (home: Home): Promise<boolean> =>
  waitFor(
    "replica and store are the same",
    async () => {
      const { local, replica } = await home.compareReplica();
      return replica?.position === local.position && replica.records === local.records ? true : undefined;
    },
    15_000,
  ).catch(() => false);

/** Resolves with its figures, and with the tree that goes on. */
const playRound = async (scene: Scene, before: Tree, round: OutageRound): Promise<[OutageFigures, Tree]> => {
  const { world, home, group, random, place } = scene;
  const outage = OUTAGES[round.kind];
  const { session: was } = await before.waitForHealth("all is well", ({ status }) => status === "ok");
  const restarts = await countRestarts(before);
  const { logins, retryReceipts } = world.simulator.ledger();
  const memory = watchMemory(await before.workerPid("backup"));
  const talk = startTalk(world, group, random);
  await delay(systemClock, CALM_MS);

  const { position: positionAtOnset } = (await before.health()).session;
  const beganAt = systemClock.now();
  await outage.begin(place);
  const isShown = ({ status, databaseConnected }: Awaited<ReturnType<Tree["health"]>>): boolean =>
    status === "degraded" && !databaseConnected;
  await before.waitForHealth(`${round.kind} shows`, isShown, outage.showsWithinMs);
  const shownMs = systemClock.now() - beganAt;
  await delay(systemClock, Math.max(0, round.lastsMs / 2 - shownMs));
  const tree = await strike(scene, before, round.victim);
  await delay(systemClock, Math.max(0, beganAt + round.lastsMs - systemClock.now()));
  const { position } = (await tree.health()).session;

  const endedAt = systemClock.now();
  await outage.end(place);
  const after = await tree.waitForHealth(
    "it has caught up by itself",
    ({ status, databaseConnected, session }) =>
      status === "ok" && databaseConnected && session.replicatedPosition >= position,
    DEADLINE_MS,
  );
  const caughtUpMs = systemClock.now() - endedAt;
  await talk.stop();
  memory.stop();
  const equal = await waitUntilEqual(home);
  const calm = talk.exchanges.filter(({ askedAt }) => askedAt < beganAt);
  const during = talk.exchanges.filter(({ askedAt }) => askedAt >= beganAt && askedAt < endedAt);
  const { held, epoch } = after.session.lease;
  const ledger = world.simulator.ledger();
  const figures: OutageFigures = {
    ...round,
    shownMs,
    caughtUpMs,
    asked: talk.exchanges.length,
    unanswered: talk.exchanges.filter(({ tookMs }) => tookMs === undefined).length,
    medianBeforeMs: middle(calm),
    medianDuringMs: middle(during),
    slowestDuringMs: Math.max(...during.map(({ tookMs }) => tookMs ?? Infinity)),
    waited: position - positionAtOnset,
    logins: ledger.logins - logins,
    retryReceipts: ledger.retryReceipts - retryReceipts,
    restarts: (await countRestarts(tree)) - (tree === before ? restarts : 0),
    leaseKept: held && (epoch === was.lease.epoch || round.victim !== "nobody"),
    backupMb: { first: memory.firstMb, peak: memory.peakMb },
    equal,
  };
  return [figures, tree];
};

const setScene = async (world: World, random: Random): Promise<[Scene, Tree]> => {
  const home = await world.createHome();
  const proxy = await startDatabaseProxy(world.database.port);
  const start = (): Promise<Tree> => home.start({ env: { DATABASE_URL: proxy.urlOf(home.databaseUrl) } });
  const tree = await start();
  await home.pair(tree);
  const members = [BOT_PHONE, world.owner.phone, world.friend.phone];
  const group = await world.simulator.addGroup({ subject: "Everybody", members });
  // A conversation that begins in two places at once may have to be asked for again, outage or not.
  await askEverybody(world, group, random);
  return [{ world, home, group, random, place: { server: world.database, proxy }, start }, tree];
};

/** What PostgreSQL has is enough to go on without the disk, and without a question that cannot be read. */
const goOnWithoutDisk = async ({ world, home, start }: Scene, tree: Tree): Promise<void> => {
  tree.signal("SIGTERM", "group");
  await tree.exited;
  home.wipeDisk();
  const next = await start();
  await next.waitUntilOpen();
  for (const person of [world.owner, world.friend]) await person.ask(BOT_PHONE, ".ping", 20_000);
};

/**
 * Takes PostgreSQL away from a bot under two-way traffic, again and again in several ways.
 *
 * @throws when an outage does not show in time, or what was lost does not come back by itself
 */
export const runOutageChaos = async ({ rounds, seed, report }: OutageChaosOptions): Promise<OutageChaosFigures> => {
  const world = await createWorld();
  let scene: Scene | undefined;
  try {
    let tree: Tree;
    [scene, tree] = await setScene(world, seededRandom(seed));
    const played: OutageFigures[] = [];
    for (const round of rounds) {
      const [figures, next] = await playRound(scene, tree, round);
      tree = next;
      played.push(figures);
      report?.(figures);
    }
    await goOnWithoutDisk(scene, tree);
    const { pairings, retryReceipts } = world.simulator.ledger();
    return { rounds: played, pairings, retryReceipts };
  } finally {
    await world.close();
    await scene?.place.proxy.close();
  }
};
