import type { Clock, Timer } from "@blacksky/machine";
import type { Client, Goodbye } from "./virtual-whatsapp.ts";

/** The sockets of one account, as WhatsApp sees them. */
export interface VirtualLines {
  readonly clients: readonly Client[];
  /** The most there ever were at once. */
  readonly most: number;
  /** How many there were though the client before had been told that the account is banned until later. */
  readonly duringBan: number;
  readonly isOpen: boolean;
  add(client: Client): void;
  /** True while the client is still there. */
  open(client: Client): boolean;
  /** Then, if the client is still there. */
  after(client: Client, delayMs: number, then: () => void): void;
  /** The client is gone. False when it was already. */
  remove(client: Client): boolean;
  /** WhatsApp ends it. */
  close(client: Client, how: Goodbye): void;
}

/** An order that was on its way when the bot was told is carried out within this time, or not at all. */
const ON_ITS_WAY_MS = 20_000;

/** No sockets. */
export const createVirtualLines = (clock: Clock): VirtualLines => {
  const lines = new Map<Client, { open: boolean; timers: Timer[] }>();
  let most = 0;
  let duringBan = 0;
  let toldUntil = 0;
  let toldAt = 0;
  const remove = (client: Client): boolean => {
    for (const timer of lines.get(client)?.timers ?? []) timer.cancel();
    return lines.delete(client);
  };
  return {
    get clients() {
      return [...lines.keys()];
    },
    get most() {
      return most;
    },
    get isOpen() {
      return [...lines.values()].some(({ open }) => open);
    },
    get duringBan() {
      return duringBan;
    },
    add(client) {
      if (clock.now() < toldUntil && clock.now() > toldAt + ON_ITS_WAY_MS) duringBan += 1;
      lines.set(client, { open: false, timers: [] });
      most = Math.max(most, lines.size);
    },
    open(client) {
      const line = lines.get(client);
      if (line !== undefined) line.open = true;
      return line !== undefined;
    },
    after: (client, delayMs, then) => void lines.get(client)?.timers.push(clock.startTimer(Math.round(delayMs), then)),
    remove,
    close(client, how) {
      if (!remove(client)) return;
      if (how.expiresAt !== null) [toldAt, toldUntil] = [clock.now(), how.expiresAt];
      client.closed(how);
    },
  };
};
