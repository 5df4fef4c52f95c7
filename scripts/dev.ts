// `pnpm dev`: everything on this machine, nothing to set up. The bot meets a simulated WhatsApp and keeps its session in
// an embedded PostgreSQL; with --live it meets the real one.
import { parseArgs } from "node:util";
import { startBotProcess } from "./dev/bot-process.ts";
import { DEFAULT_DATA, dataFolders, writeDevNote } from "./dev/folders.ts";
import { pairByItself } from "./dev/pair-by-itself.ts";
import { findPort } from "./dev/ports.ts";
import { BOT_PHONE, OWNER_PHONE, startSimulatedWhatsApp } from "./dev/simulated-whatsapp.ts";
import { watchBundles } from "./dev/watch-bundles.ts";

const { values } = parseArgs({
  options: {
    live: { type: "boolean", default: false },
    // Where to keep everything; another folder is another world.
    data: { type: "string", default: DEFAULT_DATA },
  },
});
const folders = dataFolders(values.data);

const say = (line = ""): void => console.log(line);

const main = async (): Promise<number> => {
  const unwatch = await watchBundles(() => {
    say("\nSources changed; restarting the bot.");
    void bot.restart();
  });
  const whatsapp = values.live ? undefined : await startSimulatedWhatsApp(folders.simulator);
  const port = Number(process.env["PORT"] ?? (await findPort(3000)));
  const healthPort = Number(process.env["HEALTH_CHECK_PORT"] ?? (await findPort(28_111)));
  const url = `http://127.0.0.1:${String(port)}`;

  if (whatsapp !== undefined) {
    writeDevNote(folders.note, { controlUrl: whatsapp.controlUrl, botPhone: BOT_PHONE, ownerPhone: OWNER_PHONE });
  }
  const bot = startBotProcess({
    NODE_ENV: "development",
    DATA_DIR: values.live ? folders.live : folders.dev,
    LISTEN_HOST: "127.0.0.1",
    ...(whatsapp && { OWNER_NUMBER: OWNER_PHONE }),
    ...process.env,
    PORT: String(port),
    HEALTH_CHECK_PORT: String(healthPort),
    ...whatsapp?.env,
  });
  const pairing = new AbortController();
  if (whatsapp !== undefined) void pairByItself({ url, dataDir: folders.dev }, whatsapp, pairing.signal);

  say(`\n  Health        ${url}/health   (monitors: http://127.0.0.1:${String(healthPort)}/health)`);
  if (whatsapp === undefined) {
    say("  WhatsApp      the real one: scan the QR code below with your phone (Settings, Linked devices)");
  } else {
    say(`  WhatsApp      simulated, control plane ${whatsapp.controlUrl}`);
    say("  Talk to it    npx pnpm phone say .ping        npx pnpm phone watch");
  }
  say("  Stop          Ctrl-C\n");

  const stopAsked = new Promise<number>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(0));
  });
  const code = await Promise.race([stopAsked, bot.endedByItself]);
  pairing.abort();
  await unwatch();
  await bot.stop();
  await whatsapp?.stop();
  return code;
};

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
