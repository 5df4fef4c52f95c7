import { startTree, type Tree } from "@blacksky/harness";
import type { TestServer } from "@blacksky/postgres/testing";
import type { Simulator } from "@blacksky/simulator";
import { randomBytes } from "node:crypto";
import type { ServerEnv } from "../bare-script.ts";
import { makeFolder } from "../session/key-stores.ts";

type Env = Readonly<Record<string, string>>;

/** Where the trees of one bot run, one after the other: a disk and a database. */
export interface OurHome {
  /** The first tree is linked to the bot's account. Resolves when it is open, or the next ones when they listen. */
  start(env: Env): Promise<Tree>;
}

/** Makes homes, and removes them at the end. */
export interface OurHomes {
  /** @param phone the number of the bot's account */
  create(phone: string): Promise<OurHome>;
  remove(): void;
}

export const prepareHomes = (simulator: Simulator, database: TestServer, server: ServerEnv): OurHomes => {
  const folders: { remove(): void }[] = [];
  return {
    async create(phone) {
      const folder = makeFolder("ours");
      folders.push(folder);
      const DATABASE_URL = await database.createDatabase();
      const SESSION_ENCRYPTION_KEY = randomBytes(32).toString("hex");
      const account = await simulator.addAccount({ phone });
      return {
        async start(env) {
          const settings = { ...server, DATABASE_URL, SESSION_ENCRYPTION_KEY, ...env };
          const tree = await startTree({ dataDir: folder.path, env: settings });
          if (account.devices.length > 0) return tree;
          const { qr } = await tree.waitForPairing("qr");
          await account.scanQr(qr);
          await tree.waitUntilOpen();
          return tree;
        },
      };
    },
    remove: () => {
      for (const folder of folders) folder.remove();
    },
  };
};
