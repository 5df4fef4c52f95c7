import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { classifyDisconnect, standingAfterClosing, standingAfterOpening, type Standing } from "@blacksky/whatsapp";
import type { Client, Goodbye, VirtualWhatsApp } from "./virtual-whatsapp.ts";

interface Occupant {
  readonly generation: number;
  status: "connecting" | "pairing" | "open";
  since: number;
  /** The other end hears nothing any more. */
  readonly drop: () => void;
}

/** Room for one socket, and the session it uses, which outlives the bot's processes. */
export interface VirtualSlot {
  readonly view: { socket: "none" | Occupant["status"]; generation: number; since: number };
  /** True while the phone has linked this session. */
  readonly paired: boolean;
  /** What WhatsApp holds against the session; kept with it. */
  readonly standing: Standing | null;
  /** `resumedAt`: a person's word, which overrules what came before. */
  connect(generation: number, resumedAt: number | null): void;
  /** The socket of that generation, or whichever there is, ends on request. */
  end(reason: string, generation?: number): void;
  /** The process is gone, and nobody tells of its socket's end. */
  vanish(): void;
  /** Another process, which has had no socket yet. */
  begin(): void;
}

/** A slot that keeps the rules of the real one: one socket, news of it only, the session put aside before the end is told. */
export const createVirtualSlot = (clock: Clock, whatsApp: VirtualWhatsApp, emit: Channel["emit"]): VirtualSlot => {
  let paired = true;
  let standing: Standing | null = null;
  let occupant: Occupant | undefined;
  let last = { generation: 0, since: clock.now() };

  const closed = (mine: Occupant, how: Goodbye & { intentional: boolean }): void => {
    if (occupant !== mine) return;
    occupant = undefined;
    last = { generation: mine.generation, since: clock.now() };
    const told = paired;
    const disconnect = { ...how, paired, expiresAtMs: how.expiresAt };
    const verdict = classifyDisconnect(disconnect);
    standing = standingAfterClosing(standing, disconnect, clock.now());
    if (verdict.type === "permanent" && verdict.session === "archive") paired = false;
    emit(connection.socketClosed, { generation: mine.generation, paired: told, ...how });
  };
  const enter = (mine: Occupant, status: Occupant["status"]): boolean => {
    if (occupant !== mine) return false;
    mine.status = status;
    mine.since = clock.now();
    return true;
  };

  return {
    get view() {
      const { status, generation, since } = { status: "none" as const, ...last, ...occupant };
      return { socket: status, generation, since };
    },
    get paired() {
      return paired;
    },
    get standing() {
      return standing;
    },
    connect(generation, resumedAt) {
      if (occupant !== undefined) throw new BlackskyError("connection.busy", "Another socket lives.");
      if (standing !== null && standing.atMs <= (resumedAt ?? -1)) standing = null;
      const client: Client = {
        paired,
        shown: () => void (enter(mine, "pairing") && emit(connection.pairingStarted, { generation })),
        scanned: () => void (paired = true),
        opened() {
          if (!enter(mine, "open")) return;
          standing = standingAfterOpening(standing);
          emit(connection.socketOpened, { generation });
        },
        closed: (how) => closed(mine, { ...how, intentional: false }),
      };
      const drop = whatsApp.connect(client);
      const mine: Occupant = { generation, status: "connecting", since: clock.now(), drop };
      occupant = mine;
    },
    end(reason, generation = occupant?.generation) {
      if (occupant === undefined || occupant.generation !== generation) return;
      occupant.drop();
      closed(occupant, { code: 428, reason, origin: "local", expiresAt: null, intentional: true });
    },
    vanish() {
      occupant?.drop();
      occupant = undefined;
    },
    begin() {
      last = { generation: 0, since: clock.now() };
    },
  };
};
