import { BlackskyError } from "@blacksky/errors";
import type { Clock } from "@blacksky/machine";
import { closedOnRequest, type CloseReason } from "../socket/close-reason.ts";
import type { SocketHooks, WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import { createOccupant, guardHooks, type Occupant, type SlotListener } from "./occupant.ts";

/** Longer than a socket needs to end with its own cut; after it the slot is free whatever Baileys says. */
const END_DEADLINE_MS = 5000;

/** `since` in epoch milliseconds. */
export interface SlotView {
  readonly socket: "none" | "connecting" | "pairing" | "open";
  readonly generation: number;
  readonly since: number;
}

/** Room for one socket and no more. */
export interface SocketSlot {
  readonly view: SlotView;
  /** The socket, once it is open. */
  readonly openSocket: WhatsAppSocket | undefined;
  /** @throws BlackskyError `connection.busy` while another one lives */
  connect(generation: number): void;
  /** Has the socket take no further messages; resolves when those already taken have been told. */
  closeToMessages(): Promise<void>;
  /** Ends that socket, or whichever there is; resolves when it is gone. Nothing happens when it is gone already. */
  end(reason: string, generation?: number): Promise<void>;
}

const busy = (living: number, wanted: number): BlackskyError =>
  new BlackskyError(
    "connection.busy",
    `Socket ${String(living)} still lives; socket ${String(wanted)} was not opened.`,
    { hint: "End it first." },
  );

/** An empty slot. `open` makes the socket; it may throw. */
export const createSocketSlot = (
  open: (hooks: SocketHooks) => WhatsAppSocket,
  listener: SlotListener,
  clock: Clock,
): SocketSlot => {
  let occupant: Occupant | undefined;
  let last: SlotView = { socket: "none", generation: 0, since: clock.now() };

  const close = async (mine: Occupant, reason: CloseReason): Promise<void> => {
    if (mine.socket === undefined) return;
    mine.socket = undefined;
    const why = mine.endReason === undefined ? reason : closedOnRequest(mine.endReason);
    const tell = await listener.closing(mine.generation, why);
    occupant = undefined;
    last = { socket: "none", generation: mine.generation, since: clock.now() };
    tell();
    mine.leave();
  };

  return {
    get view() {
      if (occupant === undefined) return last;
      const { status, generation, since } = occupant;
      return { socket: status, generation, since };
    },
    get openSocket() {
      return occupant?.status === "open" ? occupant.socket : undefined;
    },
    connect(generation) {
      if (occupant !== undefined) throw busy(occupant.generation, generation);
      const mine = createOccupant(generation, clock);
      mine.socket = open(guardHooks(mine, listener, clock, (reason) => void close(mine, reason)));
      occupant = mine;
    },
    async closeToMessages() {
      await occupant?.socket?.closeToMessages();
    },
    async end(reason, generation) {
      const mine = occupant;
      if (mine === undefined || (generation !== undefined && generation !== mine.generation)) return;
      mine.endReason ??= reason;
      void mine.socket?.end();
      const timer = clock.startTimer(END_DEADLINE_MS, () => void close(mine, closedOnRequest(reason)));
      await mine.gone;
      timer.cancel();
    },
  };
};
