import { connectSimulator } from "@blacksky/simulator";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { ROOT } from "./folders.ts";

/** The local WhatsApp, in a process of its own that outlives the bot's restarts. */
export interface SimulatedWhatsApp {
  readonly controlUrl: string;
  /** The phone of the bot's account reads a QR; rejects when it has expired. */
  scanQr(qr: string): Promise<void>;
  /** Settings that lead a bot here. */
  readonly env: { readonly WHATSAPP_WS_URL: string; readonly WHATSAPP_ROOT_KEY: string };
  stop(): Promise<void>;
}

/** People of the little world; numbers from a range that nobody has. */
export const BOT_PHONE = "4915550000001";
export const OWNER_PHONE = "4915550000002";

/** Starts it with the people, devices and queues that it had last time. */
export const startSimulatedWhatsApp = async (stateDir: string): Promise<SimulatedWhatsApp> => {
  const entry = join(ROOT, "packages/simulator/src/main.ts");
  const child = spawn(process.execPath, ["--import", "tsx", entry, "--state-dir", stateDir], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    // Its own group: Ctrl-C ends the bot first, which wants to say goodbye over the wire.
    detached: true,
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), once(child, "exit").then(() => undefined)]);
  if (first === undefined) throw new Error("The simulator did not start; the lines above say why.");
  const { url, controlUrl, rootKey } = JSON.parse(String(first[0])) as Record<"url" | "controlUrl" | "rootKey", string>;
  const client = connectSimulator(controlUrl);
  const account = await client.addAccount({ phone: BOT_PHONE, name: "Bot" });
  await client.addPerson({ phone: OWNER_PHONE, name: "You", addressing: "lid" });
  return {
    controlUrl,
    scanQr: (qr) => account.scanQr(qr),
    env: { WHATSAPP_WS_URL: url, WHATSAPP_ROOT_KEY: rootKey },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
};
