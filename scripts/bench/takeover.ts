import { startTree, waitFor, type Tree } from "@blacksky/harness";
import { startTestServer } from "@blacksky/postgres/testing";
import { startSimulator, type Simulator } from "@blacksky/simulator";
import { randomBytes } from "node:crypto";
import { startLeaseAudit, type LeaseAudit } from "../chaos/lease-audit.ts";
import type { ServerEnv } from "./bare-script.ts";
import { addRecords, BARE, measureBareStart, OURS, pairBare, pairOurs } from "./paired-bots.ts";
import { describeLimits, describeSamples, record, type Limit, type Samples } from "./session/figures.ts";
import { makeFolder } from "./session/key-stores.ts";

/** How much is measured. */
export interface TakeOverSizes {
  readonly records: number;
  readonly leaseTtlMs: number;
}

const FULL: TakeOverSizes = { records: 10_000, leaseTtlMs: 8_000 };
const QUICK: TakeOverSizes = { records: 1_000, leaseTtlMs: 4_000 };

const DEADLINE_MS = 60_000;
/** Of no interest to the repair that follows a crash, which would find no ratchets in made-up sessions. */
const KIND = "device-list";

const FIGURES = {
  bare: "bare script: start to open, ms",
  release: "SIGTERM: release of the lease to open, ms",
  signal: "SIGTERM: signal to open, ms",
  afterTtl: "kill -9: to open, without the lease's time to live, ms",
  afterEnd: "kill -9: end of the lease to open, ms",
} as const;

/** What the figures are held against. */
export const TAKE_OVER_LIMITS: readonly Limit[] = [
  { name: FIGURES.release, figure: FIGURES.release, atMost: 2_000 },
  { name: FIGURES.afterTtl, figure: FIGURES.afterTtl, atMost: 2_000 },
];

interface Scene {
  readonly simulator: Simulator;
  readonly audit: LeaseAudit;
  readonly samples: Samples;
  readonly leaseTtlMs: number;
  /** Starts a tree on an empty disk that comes to stand by. */
  readonly standBy: () => Promise<Tree>;
}

/** A bot that is asked to end while it repairs its session takes its time. */
const hasRepaired = (tree: Tree): boolean => tree.output().includes('"message":"The session is repaired');

/** Ends the holder, and measures how long nobody is open. Resolves with the next holder. */
const takeOver = async (
  { simulator, audit, samples, leaseTtlMs, standBy }: Scene,
  holder: Tree,
  signal: "SIGTERM" | "SIGKILL",
): Promise<Tree> => {
  const { session: held } = await holder.waitForHealth(
    "the session is replicated",
    ({ session, connection }) => connection.state === "open" && session.position === session.replicatedPosition,
  );
  const standby = await standBy();
  await standby.waitForHealth(
    "it stands by with a copy of the session, its processes waiting",
    ({ session, workers }) => session.position >= held.position && workers.keeper.state === "running",
  );
  const opened = simulator.waitFor((event) => event.type === "device.activated" && event.phone === OURS, DEADLINE_MS);
  const from = Date.now();
  holder.signal(signal, "group");
  const endsAt = signal === "SIGKILL" ? await audit.readExpiresAt() : undefined;
  const { at } = await opened;
  await Promise.all([holder.exited, standby.waitUntilOpen()]);
  if (signal === "SIGKILL") await waitFor("its repair is done", () => hasRepaired(standby) || undefined, DEADLINE_MS);
  if (signal === "SIGTERM") {
    record(samples, FIGURES.release, at - ((await audit.readReleasedAt()) ?? Number.NaN));
    record(samples, FIGURES.signal, at - from);
  } else {
    record(samples, FIGURES.afterTtl, at - from - leaseTtlMs);
    record(samples, FIGURES.afterEnd, at - (endsAt ?? Number.NaN));
  }
  return standby;
};

/**
 * How long a session has no socket when its holder ends, with another instance that stands by on an empty disk: asked to
 * end, and killed. Beside it a bare Baileys script is started, which is what there is without a second instance.
 */
export const measureTakeOver = async (rounds: number, sizes: TakeOverSizes): Promise<Samples> => {
  const samples: Samples = new Map();
  const folders: ReturnType<typeof makeFolder>[] = [];
  const newFolder = (name: string): string => {
    const folder = makeFolder(name);
    folders.push(folder);
    return folder.path;
  };
  const [simulator, database] = await Promise.all([startSimulator({ prekeyCount: 1 }), startTestServer()]);
  const server: ServerEnv = { WHATSAPP_WS_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const env = {
    ...server,
    DATABASE_URL: await database.createDatabase(),
    SESSION_ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    LEASE_TTL: String(sizes.leaseTtlMs),
  };
  const trees: Tree[] = [];
  const start = async (dataDir: string): Promise<Tree> => {
    const tree = await startTree({ dataDir, env });
    trees.push(tree);
    return tree;
  };

  let audit: LeaseAudit | undefined;
  try {
    const [bare, first] = [newFolder("bare"), newFolder("first")];
    await pairBare(simulator, BARE, bare, server);
    await pairOurs(
      simulator,
      () => start(first),
      first,
      (store) => addRecords(store, KIND, sizes.records),
    );
    audit = await startLeaseAudit(env.DATABASE_URL);
    let holder = await start(first);
    const standBy = async (): Promise<Tree> => {
      const tree = await start(newFolder("next"));
      await tree.waitForHealth("it stands by", ({ connection }) => connection.state === "standby");
      return tree;
    };
    const scene: Scene = { simulator, audit, samples, leaseTtlMs: sizes.leaseTtlMs, standBy };
    for (let round = 0; round < rounds; round++) {
      record(samples, FIGURES.bare, await measureBareStart(simulator, bare, server));
      for (const signal of ["SIGTERM", "SIGKILL"] as const) holder = await takeOver(scene, holder, signal);
    }
  } finally {
    await audit?.close();
    await Promise.all(trees.map((tree) => tree.stop()));
    await simulator.stop();
    await database.stop();
    for (const folder of folders) folder.remove();
  }
  return samples;
};

/** Measures and prints. `quick` is for a look in passing. */
export const benchTakeOver = async (rounds: number, quick: boolean): Promise<void> => {
  const samples = await measureTakeOver(rounds, quick ? QUICK : FULL);
  console.log(`\n${describeSamples(samples)}\n\n${describeLimits(samples, TAKE_OVER_LIMITS)}`);
};
