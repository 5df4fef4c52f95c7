import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import type { SessionStorage } from "../storage/session-storage.ts";
import type { SocketPermit } from "./socket-permit.ts";
import { notOpenError, type SocketSlot } from "./socket-slot.ts";

/** Milliseconds to WhatsApp and back, over the open socket. Throws `connection.notOpen` or `connection.probeTimedOut`. */
export const probeSocket = (socket: WhatsAppSocket | undefined): Promise<number> =>
  socket === undefined ? Promise.reject(notOpenError()) : socket.probe();

export interface OrdersOptions {
  readonly channel: Channel;
  readonly slot: SocketSlot;
  readonly clock: Clock;
  readonly storage: Pick<SessionStorage, "paired" | "standing">;
  /** True from the moment the bot ends: no further socket. */
  readonly isEnding: () => boolean;
  readonly permit: Pick<SocketPermit, "look">;
  /** Told of every order, before it is carried out. */
  readonly onOrder?: () => void;
  /** Asked before a socket is opened, where nobody on the way here has been asked. */
  readonly mayConnect?: () => Promise<unknown>;
}

/** Carries out what comes over this channel: from the keeper, or from whoever stands in for it. */
export const obeyOrders = (options: OrdersOptions): void => {
  const { channel, slot, clock, storage, isEnding, permit, onOrder, mayConnect } = options;
  channel.handle(connection.connect, async ({ generation, notAfterMs, resumedAt }) => {
    onOrder?.();
    await mayConnect?.();
    if (clock.monotonic() > notAfterMs) {
      throw new BlackskyError(
        "connection.late",
        "No socket is opened: the order came too late, and another may follow.",
      );
    }
    if (isEnding()) throw new BlackskyError("connection.draining", "The bot is ending and opens no socket any more.");
    if (permit.look() !== "running") {
      throw new BlackskyError("connection.noLease", "No socket is opened: the lease on the session is not ours now.");
    }
    if (resumedAt !== null) storage.standing.overruled(resumedAt);
    slot.connect(generation);
    return {};
  });
  channel.handle(connection.end, async ({ generation, reason }) => {
    onOrder?.();
    await slot.end(reason, generation);
    return {};
  });
  channel.handle(connection.describe, () => {
    onOrder?.();
    return { ...slot.view, paired: storage.paired, standing: storage.standing.current };
  });
  channel.handle(connection.probe, async () => ({ rttMs: await probeSocket(slot.openSocket) }));
};
