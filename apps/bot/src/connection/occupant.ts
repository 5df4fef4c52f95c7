import type { Clock } from "@blacksky/machine";
import type { Restriction } from "@blacksky/outbox";
import type { CloseReason } from "../socket/close-reason.ts";
import type { SocketHooks, WhatsAppSocket } from "../socket/whatsapp-socket.ts";

/** What is told of the one socket there is. `generation` is the keeper's number for it. */
export interface SlotListener {
  readonly qrShown: (generation: number, socket: WhatsAppSocket, qr: string, expiresAt: number) => void;
  readonly paired: () => void;
  readonly opened: (generation: number, socket: WhatsAppSocket) => void;
  /**
   * It carries nothing any more. Puts in order what it leaves behind, before the next one may come; resolves with what
   * there is to tell once the slot is free.
   */
  readonly closing: (generation: number, reason: CloseReason) => Promise<() => void>;
  readonly received: SocketHooks["received"];
  readonly acknowledged: SocketHooks["acknowledged"];
  readonly delivered: SocketHooks["delivered"];
  readonly restricted: SocketHooks["restricted"];
  readonly active: SocketHooks["active"];
  readonly credsChanged: SocketHooks["credsChanged"];
}

/** A socket from the order to open it until it is gone. */
export interface Occupant {
  readonly generation: number;
  status: "connecting" | "pairing" | "open";
  /** Epoch milliseconds. */
  since: number;
  /** Gone as soon as it has closed: whatever it still tells is dropped. */
  socket: WhatsAppSocket | undefined;
  /** Set once we have asked it to end. */
  endReason: string | undefined;
  /** Set before WhatsApp is told to unlink the device. */
  loggingOut: boolean;
  isCut: boolean;
  readonly gone: Promise<void>;
  readonly leave: () => void;
}

/** Somebody who has just been told to connect. */
export const createOccupant = (generation: number, clock: Clock): Occupant => {
  let leave = (): void => undefined;
  const gone = new Promise<void>((resolve) => (leave = resolve));
  const since = clock.now();
  const nothing = { socket: undefined, endReason: undefined, loggingOut: false, isCut: false };
  return { generation, status: "connecting", since, ...nothing, gone, leave };
};

/**
 * The hooks of one socket. They reach the listener only as long as that socket is the occupant's: the one line in which
 * news of an older generation is dropped.
 */
export const guardHooks = (
  mine: Occupant,
  listener: SlotListener,
  clock: Clock,
  onClosed: (reason: CloseReason) => void,
): SocketHooks => {
  const guard =
    <Args extends readonly unknown[]>(tell: (socket: WhatsAppSocket, ...args: Args) => void) =>
    (...args: Args): void => {
      if (mine.socket !== undefined) tell(mine.socket, ...args);
    };
  const enter = (status: Occupant["status"]): void => {
    mine.status = status;
    mine.since = clock.now();
  };
  return {
    qrShown: guard((socket, qr: string, expiresAt: number) => {
      if (mine.status === "connecting") enter("pairing");
      listener.qrShown(mine.generation, socket, qr, expiresAt);
    }),
    paired: guard(() => listener.paired()),
    opened: guard((socket) => {
      enter("open");
      listener.opened(mine.generation, socket);
    }),
    closed: guard((_socket, reason: CloseReason) => onClosed(reason)),
    received: async (messages) => {
      if (mine.socket !== undefined) await listener.received(messages);
    },
    acknowledged: guard((_socket, id: string, refusal: string | undefined) => listener.acknowledged(id, refusal)),
    delivered: guard((_socket, ids: readonly string[]) => listener.delivered(ids)),
    restricted: guard((_socket, restriction: Restriction) => listener.restricted(restriction)),
    active: guard(() => listener.active()),
    credsChanged: guard(() => listener.credsChanged()),
  };
};
