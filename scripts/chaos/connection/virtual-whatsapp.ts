import type { Clock, Random } from "@blacksky/machine";
import type { DisconnectOrigin } from "@blacksky/whatsapp";
import { createVirtualAccount, type VirtualAccount } from "./virtual-account.ts";
import { createVirtualLines, type VirtualLines } from "./virtual-lines.ts";

/** How WhatsApp's front door is at the moment. `silent` takes the connection and never says a word. */
export type Weather = "fair" | "unreachable" | "silent" | { readonly refusesWith: number };

/** How a socket ends, as Baileys tells it. */
export interface Goodbye {
  readonly code: number;
  readonly reason: string;
  readonly origin: DisconnectOrigin;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
}

/** Who has a socket and hears how it goes. */
export interface Client {
  readonly paired: boolean;
  shown(): void;
  scanned(): void;
  opened(): void;
  closed(goodbye: Goodbye): void;
}

/** One account's WhatsApp in virtual time. */
export interface VirtualWhatsApp {
  weather: Weather;
  readonly account: VirtualAccount;
  /** Another program wants the same session until then, and takes it back whenever it loses it. Epoch milliseconds. */
  rivalUntilMs: number;
  /** Somebody looks at the QR code and scans it. */
  phoneReady: boolean;
  /** When each attempt began, on the clock that nobody sets. */
  readonly attemptsMs: readonly number[];
  /** When somebody else took over, on the same clock. */
  readonly takenOverMs: readonly number[];
  /** How many of them though the bot had been told that the account is banned until later. */
  readonly attemptsDuringBan: number;
  /** The most sockets there ever were at once. */
  readonly mostSockets: number;
  readonly isOpen: boolean;
  /** A socket; the returned function is the client's end of it going away without a word. */
  connect(client: Client): () => void;
  /** Ends the sockets there are. */
  hangUp(goodbye: Goodbye): void;
  /** Somebody else logs in with this session. */
  takeOver(): void;
}

/** A goodbye on the open stream. */
export const goodbye = (code: number, more: Partial<Goodbye> = {}): Goodbye => ({
  code,
  reason: "virtual",
  origin: "stream",
  expiresAt: null,
  ...more,
});

const QR_ROUND_MS = 160_000;
const SCAN_MS = 3000;

const QR_EXPIRED = goodbye(408, { reason: "QR refs attempts ended", origin: "local" });
const UNREACHABLE = goodbye(408, { reason: "WebSocket Error (connect ECONNREFUSED)", origin: "local" });

/** Shows a QR code; it is scanned, or not. */
const pair = (lines: VirtualLines, client: Client, scan: (() => void) | undefined): void => {
  client.shown();
  if (scan === undefined) return lines.after(client, QR_ROUND_MS, () => lines.close(client, QR_EXPIRED));
  lines.after(client, SCAN_MS, () => {
    scan();
    client.scanned();
    lines.close(client, goodbye(515));
  });
};

/** Latencies and the rival's impatience are rolled by `random`. */
export const createVirtualWhatsApp = (clock: Clock, random: Random): VirtualWhatsApp => {
  const lines = createVirtualLines(clock);
  const attemptsMs: number[] = [];
  const takenOverMs: number[] = [];
  const account = createVirtualAccount(clock);

  const hangUp = (how: Goodbye): void => {
    for (const client of lines.clients) lines.close(client, how);
  };
  const takeOver = (): void => {
    if (lines.clients.length > 0) takenOverMs.push(clock.monotonic());
    hangUp(goodbye(440));
  };
  const open = (client: Client): void => {
    if (!lines.open(client)) return;
    client.opened();
    lines.after(client, 200 + random() * 20_000, () => {
      if (clock.now() < whatsApp.rivalUntilMs) takeOver();
    });
  };
  const welcome = (client: Client): void => {
    const { weather, phoneReady } = whatsApp;
    const refused = (code: number, expiresAt: number | null = null): void =>
      lines.close(client, goodbye(code, { origin: "failure", expiresAt }));
    if (typeof weather === "object") return refused(weather.refusesWith);
    if (!client.paired) return pair(lines, client, phoneReady ? () => account.pardon() : undefined);
    const { objection } = account;
    if (objection !== undefined) return refused(objection.code, objection.expiresAt);
    open(client);
  };

  const whatsApp: VirtualWhatsApp = {
    weather: "fair",
    rivalUntilMs: 0,
    phoneReady: false,
    attemptsMs,
    takenOverMs,
    account,
    get attemptsDuringBan() {
      return lines.duringBan;
    },
    get mostSockets() {
      return lines.most;
    },
    get isOpen() {
      return lines.isOpen;
    },
    connect(client) {
      attemptsMs.push(clock.monotonic());
      lines.add(client);
      const latencyMs = 50 + random() * 2000;
      if (whatsApp.weather === "unreachable")
        lines.after(client, latencyMs / 20, () => lines.close(client, UNREACHABLE));
      else if (whatsApp.weather !== "silent") lines.after(client, latencyMs, () => welcome(client));
      return () => void lines.remove(client);
    },
    hangUp,
    takeOver,
  };
  return whatsApp;
};
