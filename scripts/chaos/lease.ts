import {
  BOT_PHONE,
  createWorld,
  startDatabaseProxy,
  waitFor,
  type DatabaseProxy,
  type Home,
  type Tree,
  type World,
} from "@blacksky/harness";
import { pick, seededRandom, systemClock, type Random } from "@blacksky/machine";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLeaseAudit, type LeaseAudit } from "./lease-audit.ts";

/** How a holder loses the session: asked to end, killed, stopped for a while, or cut off from the database. */
export type HandOver = "term" | "kill" | "stop" | "cut";

const HAND_OVERS: readonly HandOver[] = ["term", "kill", "stop", "cut"];

export interface LeaseChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly runners: number;
  readonly leaseTtlMs: number;
  /** Told after each round. */
  readonly report?: (line: string) => void;
}

/** What one run has counted. */
export interface LeaseChaosFigures {
  readonly pairings: number;
  /** Sockets that met another one of the session, other than a stopped holder's. */
  readonly overlaps: number;
  /** Stopped holders' sockets that the server replaced. */
  readonly replacedWhileStopped: number;
  /** What a holder's socket still sent when the session was another's. */
  readonly writtenTooLate: number;
  readonly staleWrites: number;
  readonly retryReceipts: number;
  /** From what was done to the holder until another was open, in milliseconds. */
  readonly takeOverMs: Readonly<Record<HandOver, readonly number[]>>;
  /** From the release of the lease until another was open, after SIGTERM. */
  readonly afterReleaseMs: readonly number[];
  /** How long before the end of the lease the socket was gone, after a cut; negative if it was not. */
  readonly goneBeforeEndMs: readonly number[];
}

const DEADLINE_MS = 60_000;

/** One of the runners: a folder and a way to the database of its own. */
interface Seat {
  readonly dataDir: string;
  readonly proxy: DatabaseProxy;
  tree: Tree;
}

interface Scene {
  readonly world: World;
  readonly home: Home;
  readonly audit: LeaseAudit;
  readonly seats: readonly Seat[];
  readonly leaseTtlMs: number;
  readonly start: (dataDir: string, proxy: DatabaseProxy) => Promise<Tree>;
}

const waitForStandby = async (tree: Tree): Promise<void> => {
  await waitFor(
    "it stands by",
    async () => {
      const [health, ready] = await Promise.all([fetch(`${tree.monitorsUrl}/health`), fetch(`${tree.url}/ready`)]);
      const { connection, session, workers } = (await health.json()) as Awaited<ReturnType<Tree["health"]>>;
      const waits = connection.state === "standby" && !session.lease.held && workers.keeper.state === "running";
      return waits && health.status === 200 && ready.status === 503 ? true : undefined;
    },
    DEADLINE_MS,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${tree.output().slice(-3000)}`, { cause: error });
  });
};

const findOpen = async (seats: readonly Seat[]): Promise<Seat> =>
  waitFor(
    "one is open",
    async () => {
      for (const seat of seats) if ((await seat.tree.health()).connection.state === "open") return seat;
      return undefined;
    },
    DEADLINE_MS,
  );

/** Takes the session away from its holder. Resolves when the holder may be looked at again. */
const takeAway = async ({ start }: Scene, seat: Seat, how: HandOver, opened: Promise<unknown>): Promise<void> => {
  const { tree, proxy, dataDir } = seat;
  switch (how) {
    case "term":
    case "kill":
      tree.signal(how === "term" ? "SIGTERM" : "SIGKILL", "group");
      await Promise.all([tree.exited, opened]);
      rmSync(dataDir, { recursive: true, force: true });
      seat.tree = await start(dataDir, proxy);
      return;
    case "stop":
      tree.signal("SIGSTOP", "group");
      await opened.finally(() => tree.signal("SIGCONT", "group"));
      return;
    case "cut":
      proxy.cut();
      await opened.finally(() => proxy.mend());
  }
};

/** What one hand-over was like; times in milliseconds. */
interface Round {
  readonly tookMs: number;
  readonly releasedMs: number | undefined;
  readonly goneBeforeEndMs: number | undefined;
  readonly logins: number;
}

const playRound = async (scene: Scene, how: HandOver): Promise<Round> => {
  const { world, audit, seats, leaseTtlMs } = scene;
  const holder = await findOpen(seats);
  await Promise.all(seats.filter((seat) => seat !== holder).map(({ tree }) => waitForStandby(tree)));
  // A holder learns from its renewals that somebody stands by; one who never learnt of it goes on without a database.
  const since = systemClock.now();
  await waitFor(
    "the holder renews",
    async () => (await audit.hasRenewedSince(since, leaseTtlMs)) || undefined,
    DEADLINE_MS,
  );
  const { simulator } = world;
  const before = simulator.ledger().logins;
  const opened = simulator.waitFor(({ type }) => type === "device.activated", DEADLINE_MS);
  const gone = simulator.waitFor((event) => event.type === "socket.closed" && event.phone === BOT_PHONE, DEADLINE_MS);
  const from = systemClock.now();
  await takeAway(scene, holder, how, opened);
  const { at } = await opened;
  const releasedAt = how === "term" ? await audit.readReleasedAt() : undefined;
  const expiredAt = how === "cut" ? await audit.readExpiredAt() : undefined;
  const { at: goneAt } = await gone;
  await waitForStandby(holder.tree);
  const answer = await world.owner.ask(BOT_PHONE, ".ping", 20_000);
  if (answer.text === "") throw new Error("The answer is empty.");
  return {
    tookMs: at - from,
    releasedMs: releasedAt === undefined ? undefined : at - releasedAt,
    goneBeforeEndMs: expiredAt === undefined ? undefined : expiredAt - goneAt,
    logins: simulator.ledger().logins - before,
  };
};

const setScene = async (world: World, { runners, leaseTtlMs }: LeaseChaosOptions): Promise<Scene> => {
  const home = await world.createHome();
  const start: Scene["start"] = (dataDir, proxy) =>
    home.start({ dataDir, env: { DATABASE_URL: proxy.urlOf(home.databaseUrl), LEASE_TTL: String(leaseTtlMs) } });
  const seats: Seat[] = [];
  for (let index = 0; index < runners; index++) {
    const dataDir = mkdtempSync(join(tmpdir(), "blacksky-chaos-"));
    const proxy = await startDatabaseProxy(world.database.port);
    const tree = await start(dataDir, proxy);
    if (index === 0) await home.pair(tree);
    seats.push({ dataDir, proxy, tree });
  }
  return { world, home, seats, leaseTtlMs, start, audit: await startLeaseAudit(home.databaseUrl) };
};

const clearScene = async ({ seats, audit }: Scene): Promise<void> => {
  await audit.close();
  await Promise.all(seats.map(({ tree }) => tree.stop()));
  for (const { proxy, dataDir } of seats) {
    await proxy.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/** Each kind of hand-over in turn, in an order that the dice decide. */
const dealHandOvers = (rounds: number, random: Random): HandOver[] => {
  const dealt: HandOver[] = [];
  while (dealt.length < rounds) {
    const left = [...HAND_OVERS];
    while (left.length > 0) dealt.push(...left.splice(left.indexOf(pick(random, left)), 1));
  }
  return dealt.slice(0, rounds);
};

/**
 * Hands a session over between runners on one database and one WhatsApp, `rounds` times.
 *
 * @throws when nobody takes over, a former holder does not come to stand by, or one that is not the holder connects
 */
export const runLeaseChaos = async (options: LeaseChaosOptions): Promise<LeaseChaosFigures> => {
  const { rounds, seed, report } = options;
  const world = await createWorld();
  let replaced = 0;
  let writtenTooLate = 0;
  world.simulator.on("device.replaced", () => (replaced += 1));
  world.simulator.on("stanza.outdated", () => (writtenTooLate += 1));
  let scene: Scene | undefined;
  try {
    scene = await setScene(world, options);
    let overlaps = 0;
    let replacedWhileStopped = 0;
    const takeOverMs: Record<HandOver, number[]> = { term: [], kill: [], stop: [], cut: [] };
    const afterReleaseMs: number[] = [];
    const goneBeforeEndMs: number[] = [];
    for (const [index, how] of dealHandOvers(rounds, seededRandom(seed)).entries()) {
      const replacedBefore = replaced;
      const { tookMs, releasedMs, logins, ...round } = await playRound(scene, how);
      const met = replaced - replacedBefore;
      if (how === "stop") {
        replacedWhileStopped += Math.min(met, 1);
        overlaps += Math.max(0, met - 1);
      } else {
        overlaps += met;
      }
      takeOverMs[how].push(tookMs);
      if (releasedMs !== undefined) afterReleaseMs.push(releasedMs);
      if (round.goneBeforeEndMs !== undefined) goneBeforeEndMs.push(round.goneBeforeEndMs);
      report?.(`round ${index + 1}: ${how}, another open after ${tookMs.toFixed(0)} ms, ${overlaps} overlaps so far`);
      if (logins !== 1) {
        const told = scene.seats.map(({ tree }) => tree.output().slice(-5000)).join("\n\n");
        throw new Error(`${logins} logins in one hand-over (${how}): somebody connected out of turn.\n${told}`);
      }
    }
    const { pairings, retryReceipts } = world.simulator.ledger();
    const staleWrites = await scene.audit.countStaleWrites();
    return {
      pairings,
      retryReceipts,
      overlaps,
      replacedWhileStopped,
      writtenTooLate,
      staleWrites,
      takeOverMs,
      afterReleaseMs,
      goneBeforeEndMs,
    };
  } finally {
    if (scene !== undefined) await clearScene(scene);
    await world.close();
  }
};
