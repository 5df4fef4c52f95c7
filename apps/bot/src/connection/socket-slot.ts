import { BlackskyError } from "@blacksky/errors";
import type { Clock } from "@blacksky/machine";
import { closedOnRequest, loggedOutOnRequest, type CloseReason } from "../socket/close-reason.ts";
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
  /**
   * Unlinks the device at WhatsApp; resolves when the socket is gone.
   *
   * @throws BlackskyError `connection.notOpen`, or what keeps WhatsApp from being told; then the socket is as it was
   */
  logOut(): Promise<void>;
  /** Cuts that socket, or whichever there is; it carries nothing any more when this returns. False when there was none. */
  cut(reason: string, generation?: number): boolean;
}

/** WhatsApp cannot be told anything now. */
export const notOpenError = (): BlackskyError =>
  new BlackskyError("connection.notOpen", "There is no open connection to WhatsApp.", {
    hint: "Try again when there is one.",
  });

const reasonOf = ({ endReason, loggingOut }: Occupant, reason: CloseReason): CloseReason => {
  if (loggingOut && reason.code === loggedOutOnRequest.code) return loggedOutOnRequest;
  return endReason === undefined ? reason : closedOnRequest(endReason);
};

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
    const tell = await listener.closing(mine.generation, reasonOf(mine, reason));
    occupant = undefined;
    last = { socket: "none", generation: mine.generation, since: clock.now() };
    tell();
    mine.leave();
  };

  /** Whatever Baileys says, the slot is free after a while. */
  const untilGone = async (mine: Occupant, reason: CloseReason): Promise<void> => {
    const timer = clock.startTimer(END_DEADLINE_MS, () => void close(mine, reason));
    await mine.gone;
    timer.cancel();
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
      await untilGone(mine, closedOnRequest(reason));
    },
    async logOut() {
      const mine = occupant;
      const socket = mine?.status === "open" ? mine.socket : undefined;
      if (mine === undefined || socket === undefined) throw notOpenError();
      mine.loggingOut = true;
      try {
        await socket.logOut();
      } catch (error) {
        mine.loggingOut = false;
        throw error;
      }
      await untilGone(mine, loggedOutOnRequest);
    },
    cut(reason, generation = occupant?.generation) {
      const mine = occupant;
      // What it tells on its way out may bring us here again.
      if (mine?.socket === undefined || mine.isCut || mine.generation !== generation) return false;
      mine.isCut = true;
      mine.endReason ??= reason;
      mine.socket.cut();
      void close(mine, closedOnRequest(reason));
      return true;
    },
  };
};
