import { startSimulator, type Account, type Person, type Simulator } from "@blacksky/simulator";
import { startTestServer, type TestServer } from "@blacksky/postgres/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareReplica } from "./compare-replica.ts";
import { damageReplica } from "./damage-replica.ts";
import { expireLease } from "./expire-lease.ts";
import { readArchive } from "./read-archive.ts";
import { readLease, type LeaseRow } from "./read-lease.ts";
import { startTree, type Tree, type TreeOptions } from "./tree.ts";

export const BOT_PHONE = "4915550000001";
export const OWNER_PHONE = "4915550000002";
export const FRIEND_PHONE = "4915550000003";
const ENCRYPTION_KEY = "test-encryption-key-0123456789-0123456789";

/** A WhatsApp with people in it, a PostgreSQL, and the trees that a test starts between them. */
export interface World {
  readonly simulator: Simulator;
  readonly database: TestServer;
  readonly account: Account;
  readonly owner: Person;
  readonly friend: Person;
  /** A fresh database and folder, and the settings that lead a tree to them. */
  createHome(): Promise<Home>;
  close(): Promise<void>;
}

export interface Home {
  readonly dataDir: string;
  readonly databaseUrl: string;
  start(more?: Partial<TreeOptions>): Promise<Tree>;
  /** Starts a tree and pairs it, as `start` and `pair` do. */
  startPaired(more?: Partial<TreeOptions>): Promise<Tree>;
  /** Links the tree's bot with the account's phone by QR, and waits until it is open. */
  pair(tree: Tree, phone?: Account): Promise<void>;
  /** Once the tree has stopped: the records of sessions that ended, by their keys. */
  readArchive(): Promise<readonly string[]>;
  /** Once the tree has stopped: both copies of its session. */
  compareReplica(): ReturnType<typeof compareReplica>;
  /** Lets the time of the lease pass: a machine that vanished is waited for no longer. */
  expireLease(): Promise<void>;
  readLease(): Promise<LeaseRow>;
  /** Damages a record of the session in PostgreSQL. */
  damageReplica(): Promise<void>;
  /** What a dyno's cycling does to the disk. */
  wipeDisk(): void;
}

/** Starts the surroundings; people use both kinds of address. */
export const createWorld = async (): Promise<World> => {
  const [simulator, database] = await Promise.all([startSimulator({ prekeyCount: 1 }), startTestServer()]);
  const account = await simulator.addAccount({ phone: BOT_PHONE, name: "Bot" });
  const owner = await simulator.addPerson({ phone: OWNER_PHONE, name: "Owner", addressing: "pn" });
  const friend = await simulator.addPerson({ phone: FRIEND_PHONE, name: "Friend", addressing: "lid" });
  const trees: Tree[] = [];
  const folders: string[] = [];

  const createHome = async (): Promise<Home> => {
    const dataDir = mkdtempSync(join(tmpdir(), "blacksky-"));
    folders.push(dataDir);
    const databaseUrl = await database.createDatabase();
    const env = {
      DATABASE_URL: databaseUrl,
      SESSION_ENCRYPTION_KEY: ENCRYPTION_KEY,
      OWNER_NUMBER: OWNER_PHONE,
      WHATSAPP_WS_URL: simulator.url,
      WHATSAPP_ROOT_KEY: simulator.rootKey,
    };
    const start: Home["start"] = async (more = {}) => {
      const tree = await startTree({ dataDir, ...more, env: { ...env, ...more.env } });
      trees.push(tree);
      return tree;
    };
    const pair: Home["pair"] = async (tree, phone = account) => {
      const { qr } = await tree.waitForPairing("qr");
      await phone.scanQr(qr);
      await tree.waitUntilOpen();
    };
    return {
      dataDir,
      databaseUrl,
      start,
      pair,
      async startPaired(more) {
        const tree = await start(more);
        await pair(tree);
        return tree;
      },
      readArchive: () => readArchive(dataDir),
      compareReplica: () => compareReplica(dataDir, databaseUrl),
      damageReplica: () => damageReplica(databaseUrl),
      expireLease: () => expireLease(databaseUrl),
      readLease: () => readLease(databaseUrl),
      wipeDisk: () => rmSync(dataDir, { recursive: true, force: true }),
    };
  };

  return {
    simulator,
    database,
    account,
    owner,
    friend,
    createHome,
    async close() {
      await Promise.all(trees.map((tree) => tree.stop()));
      await simulator.stop();
      await database.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
};
