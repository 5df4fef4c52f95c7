import type { Pairing } from "@blacksky/protocol";
import { delay, systemClock } from "@blacksky/machine";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedWhatsApp } from "./simulated-whatsapp.ts";

const POLL_MS = 150;

const readToken = (dataDir: string): string | undefined => {
  try {
    return readFileSync(join(dataDir, "admin-token"), "utf8").trim();
  } catch {
    return undefined;
  }
};

const readPairing = async (url: string, token: string): Promise<Pairing | undefined> => {
  try {
    const reply = await fetch(`${url}/api/pairing`, { headers: { authorization: `Bearer ${token}` } });
    return reply.ok ? ((await reply.json()) as Pairing) : undefined;
  } catch {
    // Not up yet, or on its way down.
    return undefined;
  }
};

/** Is the owner's phone: scans whatever QR the bot shows, whenever it shows one. Ends with the signal. */
export const pairByItself = async (
  { url, dataDir }: { url: string; dataDir: string },
  whatsapp: SimulatedWhatsApp,
  signal: AbortSignal,
): Promise<void> => {
  let scanned = "";
  while (!signal.aborted) {
    const token = process.env["ADMIN_TOKEN"] ?? readToken(dataDir);
    const pairing = token === undefined ? undefined : await readPairing(url, token);
    if (pairing?.state === "qr" && pairing.qr !== scanned) {
      scanned = pairing.qr;
      // The QR may have just expired; the next one comes by itself.
      await whatsapp.scanQr(pairing.qr).catch(() => undefined);
    }
    await delay(systemClock, POLL_MS, signal).catch(() => undefined);
  }
};
