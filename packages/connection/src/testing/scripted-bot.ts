import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { delay, type Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { standingAfterClosing, standingAfterOpening, type Adopted, type Standing } from "@blacksky/whatsapp";

type Socket = Exclude<Adopted["socket"], "none">;

/** A bot that does as it is told and keeps the rules of the real one: one socket, `connection.busy` for a second. */
export interface ScriptedBot {
  /** Answers on this parent's behalf from now on. */
  attach(parent: Channel): void;
  /** `connect 1`, `end 1`, `describe`, in the order in which they came. */
  readonly orders: string[];
  /** Generation of the live socket. */
  readonly generation: number | undefined;
  /** The bot refuses to connect with this code. */
  refuseWith(code: string | undefined): void;
  /** It carries out nothing for so long, and then everything it was told meanwhile. */
  stall(ms: number): void;
  /** The bot's answer to `end` waits for this. */
  holdEnds(until: Promise<void>): void;
  open(): void;
  showQr(): void;
  close(code: number, more?: { paired?: boolean; expiresAt?: number }): void;
  /** The process dies, and another one is up. */
  die(): void;
  start(): void;
}

/** @param absent there is no bot process before `start` */
export const createScriptedBot = (clock: Clock, absent: boolean): ScriptedBot => {
  const orders: string[] = [];
  let parent: Channel | undefined;
  let alive = !absent;
  let live: { generation: number; socket: Socket; since: number } | undefined;
  let last = 0;
  let refusal: string | undefined;
  let standing: Standing | null = null;
  let endsHeld: Promise<void> = Promise.resolve();
  let stalled: Promise<void> = Promise.resolve();

  const mustLive = (): void => {
    if (!alive) throw new BlackskyError("ipc.noReceiver", "The bot worker is not running.");
  };
  const change = (socket: Socket): number => {
    if (live === undefined) throw new Error("The scripted bot has no socket.");
    live = { ...live, socket, since: clock.now() };
    return live.generation;
  };

  const attach = (channel: Channel): void => {
    parent = channel;
    channel.handle(connection.describe, async () => {
      await stalled;
      orders.push("describe");
      mustLive();
      const socket: Adopted["socket"] = live?.socket ?? "none";
      return { socket, generation: last, since: live?.since ?? 0, paired: true, standing };
    });
    channel.handle(connection.connect, async ({ generation, notAfterMs, resumedAt }) => {
      await stalled;
      orders.push(`connect ${String(generation)}`);
      mustLive();
      if (clock.monotonic() > notAfterMs) throw new BlackskyError("connection.late", "Too late.");
      if (refusal !== undefined) throw new BlackskyError(refusal, "Not now.");
      if (live !== undefined) throw new BlackskyError("connection.busy", "Another socket lives.");
      if (standing !== null && standing.atMs <= (resumedAt ?? -1)) standing = null;
      live = { generation, socket: "connecting", since: clock.now() };
      last = generation;
      return {};
    });
    channel.handle(connection.end, async ({ generation }) => {
      await stalled;
      orders.push(`end ${String(generation)}`);
      mustLive();
      await endsHeld;
      if (live?.generation === generation) live = undefined;
      return {};
    });
  };

  return {
    attach,
    orders,
    get generation() {
      return live?.generation;
    },
    refuseWith: (code) => void (refusal = code),
    stall: (ms) => void (stalled = delay(clock, ms)),
    holdEnds: (until) => void (endsHeld = until),
    open() {
      standing = standingAfterOpening(standing);
      parent?.emit(connection.socketOpened, { generation: change("open") });
    },
    showQr: () => parent?.emit(connection.pairingStarted, { generation: change("pairing") }),
    close(code, more = {}) {
      const generation = live?.generation ?? last;
      live = undefined;
      const facts = { origin: "stream", paired: true, intentional: false, expiresAt: null, reason: "x" } as const;
      const closed = { generation, code, ...facts, ...more };
      standing = standingAfterClosing(standing, { ...closed, expiresAtMs: closed.expiresAt }, clock.now());
      parent?.emit(connection.socketClosed, closed);
    },
    die() {
      alive = false;
      live = undefined;
      parent?.emit(connection.executorLost, {});
    },
    start() {
      alive = true;
      parent?.emit(connection.executorStarted, {});
    },
  };
};
