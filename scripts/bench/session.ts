import { startTestServer } from "@blacksky/postgres/testing";
import { randomBytes } from "node:crypto";
import { describeLimits, describeSamples, type Limit, type Samples } from "./session/figures.ts";
import {
  makeFolder,
  openBareLmdb,
  openMultiFile,
  openOurs,
  openPlainUpserts,
  openPostgresBaileys,
} from "./session/key-stores.ts";
import { FLUSH, measureFlush } from "./session/measure-flush.ts";
import { restoreFigures, saveSession } from "./session/measure-restore.ts";
import { measureSets, setFigures } from "./session/measure-sets.ts";
import { measureTraffic, TRAFFIC } from "./session/measure-traffic.ts";
import { makeTrace } from "./session/trace.ts";

/** How much is measured. */
export interface SessionBenchSizes {
  readonly contacts: number;
  readonly preKeys: number;
  readonly writes: number;
  /** Where each write waits for PostgreSQL, a part of the trace tells enough. */
  readonly databaseWrites: number;
  readonly trafficSeconds: number;
  readonly restores: readonly [small: number, large: number];
}

const FULL: SessionBenchSizes = {
  contacts: 500,
  preKeys: 2000,
  writes: 20_000,
  databaseWrites: 4000,
  trafficSeconds: 20,
  restores: [10_000, 100_000],
};

const QUICK: SessionBenchSizes = {
  contacts: 100,
  preKeys: 200,
  writes: 2000,
  databaseWrites: 400,
  trafficSeconds: 3,
  restores: [1000, 3000],
};

const GROUPS = 20;
const NAMES = {
  ours: "ours",
  files: "multi-file",
  lmdb: "bare lmdb",
  package: "postgres-baileys",
  plain: "one upsert per key",
};

/** What the figures are held against. */
export const limitsOf = ([small, large]: SessionBenchSizes["restores"]): Limit[] => {
  const [ours, files, lmdb] = [setFigures(NAMES.ours), setFigures(NAMES.files), setFigures(NAMES.lmdb)];
  const [few, many] = [restoreFigures(small), restoreFigures(large)];
  return [
    { name: "keys.set with 50 in flight / multi-file", figure: ours.perSecond, of: files.perSecond, atLeast: 5 },
    // No limit of ours, but what the line above could be at most.
    { name: "bare lmdb with 50 in flight / multi-file", figure: lmdb.perSecond, of: files.perSecond },
    { name: "keys.set p99 with 50 in flight / multi-file", figure: ours.busyP99, of: files.busyP99, atMost: 1 / 5 },
    { name: TRAFFIC.lagP99, figure: TRAFFIC.lagP99, atMost: 500 },
    { name: "WAL / one upsert per key", figure: TRAFFIC.ourWal, of: TRAFFIC.plainWal, atMost: 1 / 3 },
    // About a second: half of it is the start of the process, which the machine decides.
    { name: few.ours, figure: few.ours, atMost: 1100 },
    { name: `${many.ours.replace(", ms", "")} / multi-file`, figure: many.ours, of: many.multiFile, atMost: 1 / 3 },
    { name: "flush of 1,000 records / one upsert of 500", figure: FLUSH.ours, of: FLUSH.plain, atMost: 3 },
  ];
};

/**
 * The session beside the ways in which others keep one: `useMultiFileAuthState`, bare LMDB, `postgres-baileys`, an
 * upsert per key.
 * Everything is real: the built backup worker, an embedded PostgreSQL, files. Variants take turns within each round.
 */
export const measureSession = async (rounds: number, sizes: SessionBenchSizes): Promise<Samples> => {
  const samples: Samples = new Map();
  const server = await startTestServer();
  const key = randomBytes(32).toString("hex");
  const createDatabase = (): Promise<string> => server.createDatabase();
  const { contacts, preKeys, writes, trafficSeconds, restores } = sizes;
  const shape = { contacts, preKeys, groups: GROUPS };

  const measureEverySet = async (seed: number): Promise<void> => {
    const { before, messages } = makeTrace({ ...shape, messages: writes / 2 }, seed);
    const few = messages.slice(0, sizes.databaseWrites / 2);
    const folder = makeFolder("ours");
    const open = {
      ours: () => createDatabase().then((url) => openOurs(folder.path, url, key)),
      files: openMultiFile,
      lmdb: openBareLmdb,
      package: () => createDatabase().then(openPostgresBaileys),
      plain: () => createDatabase().then(openPlainUpserts),
    };
    for (const name of ["ours", "files", "lmdb", "package", "plain"] as const) {
      const store = await open[name]();
      const isLocal = name !== "package" && name !== "plain";
      await measureSets(samples, NAMES[name], store, before, isLocal ? messages : few);
      await store.close();
    }
    folder.remove();
  };

  try {
    const saved = [];
    for (const records of restores) saved.push(await saveSession(await createDatabase(), key, records));
    for (let round = 0; round < rounds; round++) {
      await measureEverySet(round + 1);
      await measureTraffic(samples, key, makeTrace({ ...shape, messages: trafficSeconds * 100 }, round));
      for (const session of saved) await session.measure(samples);
      await measureFlush(samples, await createDatabase(), key);
    }
    for (const session of saved) session.remove();
  } finally {
    await server.stop();
  }
  return samples;
};

/** Measures and prints. `quick` is for a look in passing. */
export const benchSession = async (rounds: number, quick: boolean): Promise<void> => {
  const sizes = quick ? QUICK : FULL;
  const samples = await measureSession(rounds, sizes);
  console.log(`\n${describeSamples(samples)}\n\n${describeLimits(samples, limitsOf(sizes.restores))}`);
  if (quick) console.log("\n  These sizes are too small to hold limits against; leave out --quick for that.");
};
