import { BOT_PHONE, createWorld, startDatabaseProxy, type Tree, type World } from "@blacksky/harness";
import { delay, seededRandom, systemClock, type Random } from "@blacksky/machine";
import { gatherCrowd, type CrowdSize } from "./delivery/crowd.ts";
import { createPlatform, PATIENCE, type Platform } from "./delivery/platform.ts";
import { watchArrivals } from "./notifications/arrivals.ts";
import { NOTIFICATION_OUTAGES, type NotificationOutage, type TreePlace } from "./notifications/faults.ts";
import { handInAll } from "./notifications/hand-in.ts";
import { judgeNotifications, type Handed, type NotificationTally, type Recipient } from "./notifications/judge.ts";

export interface NotificationChaosOptions {
  readonly count: number;
  readonly seed: number;
  readonly crowd?: CrowdSize;
  /** How many are handed in around each outage. */
  readonly perOutage?: number;
  /** Which outages there are; all by default, in turns. */
  readonly outages?: readonly NotificationOutage[];
  /** Told after each outage. */
  readonly report?: (line: string) => void;
}

/** What one run has done, and what became of the notifications. */
export interface NotificationChaosFigures extends NotificationTally {
  readonly outages: number;
  /** How often one had to be handed in again. */
  readonly handedAgain: number;
  /** How often the server took a message under an id that it had taken before. */
  readonly sentAgain: number;
  readonly tookMs: number;
  readonly pairings: number;
}

const CROWD: CrowdSize = { people: 40, groups: 3 };
const PER_OUTAGE = 200;
/** One that was refused as too busy waits a minute, and the chat with it. */
const STILL_MS = 150_000;

interface Scene {
  readonly place: TreePlace;
  readonly recipients: readonly Recipient[];
  readonly urlNow: () => string | undefined;
  close(): Promise<void>;
}

const setScene = async (world: World, random: Random, size: CrowdSize): Promise<Scene> => {
  const home = await world.createHome();
  const proxy = await startDatabaseProxy(world.database.port);
  let tree: Tree | undefined;
  const platform: Platform = createPlatform(async (env) => {
    tree = undefined;
    const started = await home.start({ env: { ...env, DATABASE_URL: proxy.urlOf(home.databaseUrl) } });
    if (world.account.devices.length === 0) await home.pair(started);
    tree = started;
    return started;
  });
  await platform.start(PATIENCE);
  const { simulator } = world;
  const crowd = await gatherCrowd(simulator, BOT_PHONE, size);
  // A bot that nobody ever wrote to has good reason to write little.
  for (const person of crowd.people) await person.say(BOT_PHONE, "hello");
  const byPhone = new Map(crowd.people.map((person) => [person.phone, person]));
  const recipients: Recipient[] = [
    ...crowd.people.map((person) => ({ to: person.phone, readers: [person] })),
    ...crowd.groups.map(({ id, members }) => ({
      to: id,
      readers: members.flatMap((phone) => byPhone.get(phone) ?? []),
    })),
  ];
  const expireLease = (): Promise<void> => home.expireLease();
  return {
    place: {
      simulator,
      phone: BOT_PHONE,
      random,
      botPid: () => platform.botPid(),
      platform,
      proxy,
      expireLease,
      async leaveNothing() {
        home.wipeDisk();
        await expireLease();
      },
    },
    recipients,
    urlNow: () => tree?.url,
    close: () => proxy.close(),
  };
};

/**
 * Hands notifications in over HTTP while the product, its connection and its database are taken away in turns, and counts
 * what people saw.
 *
 * @throws when a tree does not come back
 */
export const runNotificationChaos = async (options: NotificationChaosOptions): Promise<NotificationChaosFigures> => {
  const { count, seed, crowd = CROWD, perOutage = PER_OUTAGE, report } = options;
  const kinds = options.outages ?? (Object.keys(NOTIFICATION_OUTAGES) as NotificationOutage[]);
  const random = seededRandom(seed);
  const world = await createWorld();
  let scene: Scene | undefined;
  const from = systemClock.monotonic();
  try {
    scene = await setScene(world, random, crowd);
    const { place } = scene;
    const arrivals = watchArrivals(world.simulator, BOT_PHONE);
    const handed: Handed[] = [];
    const onHanded = (one: Handed): void => {
      handed.push(one);
      arrivals.missing.add(one.number);
    };
    let handedAgain = 0;
    let outages = 0;
    for (let first = 0; first < count; first += perOutage) {
      const kind = kinds[outages % kinds.length] ?? "bot killed";
      const numbers = Array.from({ length: Math.min(perOutage, count - first) }, (_, at) => first + at);
      const handing = handInAll({ ...scene, random, onHanded }, numbers);
      await delay(systemClock, random() * 1000);
      await NOTIFICATION_OUTAGES[kind](place);
      handedAgain += await handing;
      outages += 1;
      report?.(`${kind}: ${String(handed.length)} handed in so far, ${String(arrivals.missing.size)} under way`);
    }
    await arrivals.settle(STILL_MS);
    arrivals.stop();
    const tally = judgeNotifications(handed);
    const { messages, pairings } = world.simulator.ledger();
    await place.platform.end("SIGTERM");
    const sentAgain = messages.reduce(
      (sum, { direction, sent }) => sum + (direction === "from-client" ? sent - 1 : 0),
      0,
    );
    return { ...tally, outages, handedAgain, sentAgain, pairings, tookMs: systemClock.monotonic() - from };
  } finally {
    await world.close();
    await scene?.close();
  }
};

/** The figures in words. */
export const describeNotifications = (figures: NotificationChaosFigures): string => {
  const { handed, lost, twice, disordered, outages, handedAgain, sentAgain, tookMs, pairings } = figures;
  return [
    "",
    `${String(handed)} notifications through ${String(outages)} outages, in ${(tookMs / 60_000).toFixed(1)} min`,
    `  lost                    ${String(lost)}`,
    `  seen twice              ${String(twice)}`,
    `  out of a chat's order   ${String(disordered)}`,
    `  handed in again         ${String(handedAgain)}, for want of a 202; pairings ${String(pairings)}`,
    `  sent again              ${String(sentAgain)}, under the same id`,
  ].join("\n");
};

/** True when everybody has seen each once, in order. */
export const isNotified = ({ lost, twice, disordered, pairings }: NotificationChaosFigures): boolean =>
  lost === 0 && twice === 0 && disordered === 0 && pairings === 1;
