import { errorCode } from "@blacksky/errors";
import { startTree, type Tree } from "@blacksky/harness";
import { startTestServer } from "@blacksky/postgres/testing";
import { startSimulator, type Simulator, type SimulatorEvent } from "@blacksky/simulator";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync } from "node:fs";
import { endBareScript, startBareScript, untilTold, type ServerEnv } from "./bare-script.ts";
import { BARE, OURS, pairBare, untilActive } from "./paired-bots.ts";
import { describeLimits, describeSamples, record, type Limit, type Samples } from "./session/figures.ts";
import { makeFolder } from "./session/key-stores.ts";

/** How much is measured. What the defaults take their time for is measured a few times only. */
export interface ConnectionSizes {
  readonly stalls: number;
  /** Whether the bare script is watched over a stall as well. */
  readonly bareStalls: boolean;
  readonly hangs: number;
  /** How long the bare script is given to try again after an HTTP answer. */
  readonly bareHangMs: number;
}

const FULL: ConnectionSizes = { stalls: 2, bareStalls: true, hangs: 2, bareHangMs: 60_000 };
const QUICK: ConnectionSizes = { stalls: 1, bareStalls: false, hangs: 1, bareHangMs: 60_000 };

const DEADLINE_MS = 60_000;
const STALL_DEADLINE_MS = 240_000;
const HANG_DEADLINE_MS = 120_000;
/** Of the drops: the pace is kept, since rounds that follow each other closely would slow it down. */
const INITIAL_DELAY_MS = 1000;
const LOGINS_ALLOWED = 1.2;
const PACE = {
  RECONNECT_INITIAL_DELAY: String(INITIAL_DELAY_MS),
  RECONNECT_MAX_DELAY: String(INITIAL_DELAY_MS),
  RECONNECT_MAX_RETRIES: "1000",
};
/** The defaults, in place of the harness's haste. */
const DEFAULTS = { RECONNECT_INITIAL_DELAY: "3000", RECONNECT_MAX_DELAY: "60000" };

const FIGURES = {
  bareDrop: "bare script: TCP drop to open, which is a login, ms",
  drop: "TCP drop: to open, ms",
  dropLimit: "the initial delay and 1.2 logins of the bare script, ms",
  bareStall: "bare script: dead but open, until noticed, ms",
  stall: "dead but open: until noticed, ms",
  stallOpen: "dead but open: until the next login, ms",
  bareHang: "bare script: HTTP 503 in place of a websocket, next attempt, ms",
  hang: "HTTP 503 in place of a websocket: next attempt, ms",
} as const;

/** What the figures are held against. */
export const CONNECTION_LIMITS: readonly Limit[] = [
  {
    name: "TCP drop to open, of the initial delay and 1.2 bare logins",
    figure: FIGURES.drop,
    of: FIGURES.dropLimit,
    atMost: 1,
  },
  { name: FIGURES.stall, figure: FIGURES.stall, atMost: 45_000 },
  { name: FIGURES.hang, figure: FIGURES.hang, atMost: 25_000 },
];

/** When this account's device logs in next, by the server's clock; undefined when it does not in time. */
const nextLogin = async (simulator: Simulator, phone: string, deadlineMs: number): Promise<number | undefined> => {
  try {
    const fits = (event: SimulatorEvent): boolean => event.type === "login.succeeded" && event.phone === phone;
    return (await simulator.waitFor(fits, deadlineMs)).at;
  } catch (error) {
    if (errorCode(error) === "simulator.deadline") return undefined;
    throw error;
  }
};

interface Scene {
  readonly simulator: Simulator;
  readonly samples: Samples;
  readonly startOurs: (env: Readonly<Record<string, string>>) => Promise<Tree>;
  readonly startBare: () => Promise<ChildProcess>;
}

/** Cuts both bots in turn, and measures how long each has no connection. */
const measureDrops = async ({ simulator, samples, startOurs, startBare }: Scene, rounds: number): Promise<void> => {
  const [tree, bare] = [await startOurs(PACE), await startBare()];
  for (let round = 0; round < rounds; round++) {
    const opened = untilTold(bare, "open");
    const login = await untilActive(simulator, BARE, () => simulator.faults.drop(BARE));
    record(samples, FIGURES.bareDrop, login);
    record(samples, FIGURES.dropLimit, INITIAL_DELAY_MS + LOGINS_ALLOWED * login);
    await opened;
    record(samples, FIGURES.drop, await untilActive(simulator, OURS, () => simulator.faults.drop(OURS)));
    await tree.waitUntilOpen();
  }
  await tree.stop();
  await endBareScript(bare);
};

/** Lets both connections stand still at once, and measures who notices it when. */
const measureStall = async (
  { simulator, samples }: Scene,
  tree: Tree,
  bare: ChildProcess | undefined,
): Promise<void> => {
  const ours = async (): Promise<void> => {
    const opened = nextLogin(simulator, OURS, STALL_DEADLINE_MS);
    const from = Date.now();
    simulator.faults.stall(OURS, true);
    await tree.waitForHealth("it has noticed", ({ connection }) => connection.state !== "open", STALL_DEADLINE_MS);
    record(samples, FIGURES.stall, Date.now() - from);
    record(samples, FIGURES.stallOpen, ((await opened) ?? Number.POSITIVE_INFINITY) - from);
    await tree.waitUntilOpen(DEADLINE_MS);
  };
  const theirs = async (child: ChildProcess): Promise<void> => {
    const [closed, opened] = [untilTold(child, "closed"), untilTold(child, "open")];
    const from = Date.now();
    simulator.faults.stall(BARE, true);
    await closed;
    record(samples, FIGURES.bareStall, Date.now() - from);
    await opened;
  };
  await Promise.all([ours(), bare === undefined ? undefined : theirs(bare)]);
};

/** Cuts a bot and answers its next attempt with HTTP 503, which Baileys takes no notice of; resolves with that moment. */
const refuseOnce = async (simulator: Simulator, phone: string): Promise<number> => {
  const refused = simulator.waitFor(({ type }) => type === "upgrade.refused", DEADLINE_MS);
  simulator.faults.upgrade(503, 1);
  simulator.faults.drop(phone);
  return (await refused).at;
};

/** How long each stays away after such an answer. The bare script is of no use after it, and started anew. */
const measureHang = async ({ simulator, samples, startBare }: Scene, tree: Tree, bareHangMs: number): Promise<void> => {
  const bare = await startBare();
  const theirs = await refuseOnce(simulator, BARE);
  const theirLogin = nextLogin(simulator, BARE, bareHangMs);
  const ours = await refuseOnce(simulator, OURS);
  const ourLogin = nextLogin(simulator, OURS, HANG_DEADLINE_MS);
  // What never comes is an infinite time.
  record(samples, FIGURES.hang, ((await ourLogin) ?? Number.POSITIVE_INFINITY) - ours);
  record(samples, FIGURES.bareHang, ((await theirLogin) ?? Number.POSITIVE_INFINITY) - theirs);
  await endBareScript(bare);
  await tree.waitUntilOpen(DEADLINE_MS);
};

const measureAll = async (scene: Scene, rounds: number, sizes: ConnectionSizes): Promise<void> => {
  await measureDrops(scene, rounds);
  if (sizes.stalls + sizes.hangs === 0) return;
  const tree = await scene.startOurs(DEFAULTS);
  for (let round = 0; round < sizes.stalls; round++) {
    const bare = sizes.bareStalls ? await scene.startBare() : undefined;
    await measureStall(scene, tree, bare);
    if (bare !== undefined) await endBareScript(bare);
  }
  for (let round = 0; round < sizes.hangs; round++) await measureHang(scene, tree, sizes.bareHangMs);
};

/**
 * How soon a connection is back that was cut, that is dead though open, or that never came to be: ours beside Baileys with
 * the reconnect loop of its own example, which starts again at once whatever happened.
 */
export const measureConnection = async (rounds: number, sizes: ConnectionSizes): Promise<Samples> => {
  const samples: Samples = new Map();
  const [bareFolder, ourFolder] = [makeFolder("bare"), makeFolder("ours")];
  const [simulator, database] = await Promise.all([startSimulator({ prekeyCount: 1 }), startTestServer()]);
  const server: ServerEnv = { WHATSAPP_WS_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const databaseUrl = await database.createDatabase();
  const key = randomBytes(32).toString("hex");
  const folders = [bareFolder, ourFolder];
  const trees: Tree[] = [];
  const children: ChildProcess[] = [];
  const startOurs: Scene["startOurs"] = async (pace) => {
    const env = { ...server, DATABASE_URL: databaseUrl, SESSION_ENCRYPTION_KEY: key, ...pace };
    const tree = await startTree({ dataDir: ourFolder.path, env });
    trees.push(tree);
    if (trees.length === 1) {
      const account = await simulator.addAccount({ phone: OURS });
      const { qr } = await tree.waitForPairing("qr");
      await account.scanQr(qr);
    }
    await tree.waitUntilOpen();
    return tree;
  };
  // On a copy of its folder each time: it is killed while it may still write.
  const startBare = async (): Promise<ChildProcess> => {
    const copy = makeFolder("bare");
    folders.push(copy);
    cpSync(bareFolder.path, copy.path, { recursive: true });
    const child = startBareScript(copy.path, server);
    children.push(child);
    await untilTold(child, "open");
    return child;
  };

  try {
    await pairBare(simulator, BARE, bareFolder.path, server);
    await measureAll({ simulator, samples, startOurs, startBare }, rounds, sizes);
  } finally {
    await Promise.all([...trees.map((tree) => tree.stop()), ...children.map((child) => endBareScript(child))]);
    await simulator.stop();
    await database.stop();
    for (const folder of folders) folder.remove();
  }
  return samples;
};

/** Measures and prints. `quick` is for a look in passing. */
export const benchConnection = async (rounds: number, quick: boolean): Promise<void> => {
  const samples = await measureConnection(rounds, quick ? QUICK : FULL);
  console.log(`\n${describeSamples(samples)}\n\n${describeLimits(samples, CONNECTION_LIMITS)}`);
};
