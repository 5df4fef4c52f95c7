import type { Simulator } from "@blacksky/simulator";
import { openStore, storePath } from "@blacksky/store";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBotProcess, type BotProcess, type BotProcessOptions } from "./bot-process.ts";

/** The owner's number in the tests. */
export const OWNER_PHONE = "4915550000002";
const SESSION_ID = "TEST";

/** A bot's folder, and the processes that live in it one after the other. */
export interface Home {
  readonly dataDir: string;
  readonly storePath: string;
  start(options?: Partial<BotProcessOptions>): BotProcess;
  /** Starts and links a bot by QR, and waits until it is open. */
  startPaired(account: { scanQr(qr: string): Promise<void> }): Promise<BotProcess>;
  close(): Promise<void>;
}

/** A new folder with a store that the backup worker has found to be fresh. */
export const createHome = async (simulator: Pick<Simulator, "url" | "rootKey">): Promise<Home> => {
  const dataDir = mkdtempSync(join(tmpdir(), "blacksky-bot-"));
  const path = storePath(dataDir, SESSION_ID);
  const store = openStore({ path });
  store.meta.set("origin", "fresh");
  await store.close();
  const bots: BotProcess[] = [];
  const start: Home["start"] = ({ env = {}, ...options } = {}) => {
    const bot = startBotProcess({
      dataDir,
      env: {
        SESSION_ID,
        OWNER_NUMBER: OWNER_PHONE,
        WHATSAPP_WS_URL: simulator.url,
        WHATSAPP_ROOT_KEY: simulator.rootKey,
        ...env,
      },
      ...options,
    });
    bots.push(bot);
    return bot;
  };
  return {
    dataDir,
    storePath: path,
    start,
    async startPaired(account) {
      const bot = start();
      const { qr } = await bot.waitForPairing("qr");
      await account.scanQr(qr);
      await bot.waitUntilOpen();
      return bot;
    },
    async close() {
      await Promise.all(bots.map((bot) => bot.kill()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
