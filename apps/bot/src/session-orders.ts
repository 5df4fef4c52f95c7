import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import { connection, session, type SnapshotList } from "@blacksky/protocol";
import { notOpenError, type SocketSlot } from "./connection/socket-slot.ts";
import type { PairingDesk } from "./pairing/pairing-desk.ts";
import type { SessionStorage } from "./storage/session-storage.ts";

/** A snapshot is read from the store and written twice; a restore reads one in full before that. */
const SNAPSHOT_DEADLINE_MS = 50_000;
const RECONNECT_DEADLINE_MS = 5000;

/** A snapshot that was just taken. */
export interface TakenSnapshot {
  readonly id: string;
  readonly recordCount: number;
  readonly bytes: number;
  readonly places: SnapshotList["unread"];
}

/** What an owner may order about the session itself. Refusals come as errors whose words are meant for people. */
export interface SessionOrders {
  readonly position: number;
  takeSnapshot(reason: string): Promise<TakenSnapshot>;
  listSnapshots(): Promise<SnapshotList>;
  /** Resolves when it is certain that the restore will be done; everything restarts for it. */
  restore(id: string): Promise<void>;
  /** @throws BlackskyError `session.notPaired`, `connection.notOpen` when WhatsApp cannot be told to unlink the bot */
  checkLogOut(): void;
  /** Unlinks the bot at WhatsApp, puts the session into the archive and begins to pair anew. Take a snapshot first. */
  logOut(): Promise<void>;
  /** Puts the session into the archive without a word to WhatsApp and begins to pair anew. Take a snapshot first. */
  clear(): Promise<void>;
}

export interface SessionOrdersOptions {
  readonly channel: Channel;
  readonly slot: SocketSlot;
  readonly storage: SessionStorage;
  readonly desk: PairingDesk;
  readonly position: () => number;
  readonly log: Logger;
}

/** Gives the orders, and carries out those that concern the bot's own socket and store: one at a time. */
export const createSessionOrders = (options: SessionOrdersOptions): SessionOrders => {
  const { channel, slot, storage, desk, log } = options;
  const deadline = { deadlineMs: SNAPSHOT_DEADLINE_MS };
  let underWay: Promise<unknown> = Promise.resolve();

  const inTurn = async (leave: () => Promise<void>): Promise<void> => {
    const turn = underWay.then(leave);
    underWay = turn.catch(() => undefined);
    await turn;
  };

  /** A person ended the session, so that a person's wish for the next one needs not be waited for. */
  const pairAnew = async (reason: string): Promise<void> => {
    try {
      await channel.request(connection.reconnect, { reason }, { deadlineMs: RECONNECT_DEADLINE_MS });
    } catch (error) {
      log.warn("No socket is opened at once to pair anew; the keeper decides when.", { error });
    }
  };

  const checkLogOut = (): void => {
    if (!storage.paired) {
      throw new BlackskyError("session.notPaired", "No phone is linked, so there is nothing to log out of.");
    }
    if (slot.openSocket === undefined) throw notOpenError();
  };

  return {
    get position() {
      return options.position();
    },
    takeSnapshot: (reason) => channel.request(session.snapshot, { reason }, deadline),
    listSnapshots: () => channel.request(session.snapshots, {}, deadline),
    async restore(id) {
      await channel.request(session.restore, { id, force: true }, deadline);
    },
    checkLogOut,
    logOut: () =>
      inTurn(async () => {
        checkLogOut();
        // The listener archives the session before the end is told.
        await slot.logOut();
        await pairAnew("the bot was logged out");
      }),
    clear: () =>
      inTurn(async () => {
        await slot.end("the session is put aside");
        // In the same turn: no order to connect can come in between and use the old session again.
        storage.archive("cleared");
        // Whatever was held against it is in the past with it.
        storage.standing.overruled(Infinity);
        log.warn("The session was put into the archive on request; the bot can be linked anew.");
        desk.withdrawn();
        await storage.settled();
        await pairAnew("the session was put aside");
      }),
  };
};

/** Obeys the same orders when they come from the runner: a snapshot first, and nothing without one. */
export const obeySessionOrders = (channel: Channel, orders: SessionOrders): void => {
  channel.handle(session.logOut, async () => {
    orders.checkLogOut();
    const { id } = await orders.takeSnapshot("before logout");
    await orders.logOut();
    return { snapshot: id };
  });
  channel.handle(session.clear, async () => {
    const { id } = await orders.takeSnapshot("before clearing");
    await orders.clear();
    return { snapshot: id };
  });
};
