import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { delay, type Clock, type Random } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { createVirtualSlot } from "./virtual-slot.ts";
import type { VirtualWhatsApp } from "./virtual-whatsapp.ts";

/** The bot's processes, one after the other, as the keeper sees them. */
export interface VirtualBot {
  /** Whoever gives orders from now on; nobody with `undefined`. */
  attach(parent: Channel | undefined): void;
  hasLease: boolean;
  /** Until then it carries out nothing, on the clock that nobody sets. */
  stalledUntilMs: number;
  /** How long a socket takes to end, at most. */
  endingMs: number;
  /** True while the phone has linked this session. */
  readonly paired: boolean;
  crash(): void;
  start(): void;
  /** Cuts the socket there is. */
  cut(): void;
}

/** A bot that lives and holds the lease. */
export const createVirtualBot = (clock: Clock, random: Random, whatsApp: VirtualWhatsApp): VirtualBot => {
  let parent: Channel | undefined;
  let process = 1;
  let alive = true;
  const emit: Channel["emit"] = (definition, body) => parent?.emit(definition, body);
  const slot = createVirtualSlot(clock, whatsApp, emit);

  /** Orders reach a process that lives, when it comes round to them. */
  const comeRound = async (): Promise<void> => {
    const mine = process;
    if (alive) await delay(clock, Math.max(2, bot.stalledUntilMs - clock.monotonic()));
    if (!alive || mine !== process) throw new BlackskyError("ipc.noReceiver", "The bot worker is not running.");
  };

  const obey = (channel: Channel): void => {
    channel.handle(connection.describe, async () => {
      await comeRound();
      return { ...slot.view, paired: slot.paired, standing: slot.standing };
    });
    channel.handle(connection.connect, async ({ generation, notAfterMs, resumedAt }) => {
      await comeRound();
      if (clock.monotonic() > notAfterMs) throw new BlackskyError("connection.late", "Too late.");
      if (!bot.hasLease) throw new BlackskyError("connection.noLease", "The lease is another's.");
      slot.connect(generation, resumedAt);
      return {};
    });
    channel.handle(connection.end, async ({ generation, reason }) => {
      await comeRound();
      if (slot.view.generation !== generation || slot.view.socket === "none") return {};
      await delay(clock, Math.round(bot.endingMs * random()));
      slot.end(reason, generation);
      return {};
    });
  };

  const bot: VirtualBot = {
    hasLease: true,
    stalledUntilMs: 0,
    endingMs: 20,
    get paired() {
      return slot.paired;
    },
    attach(channel) {
      parent = channel;
      if (channel !== undefined) obey(channel);
    },
    crash() {
      if (!alive) return;
      alive = false;
      slot.vanish();
      emit(connection.executorLost, {});
    },
    start() {
      if (alive) return;
      alive = true;
      process += 1;
      slot.begin();
      emit(connection.executorStarted, {});
    },
    cut: () => slot.end("the lease on the session is over"),
  };
  return bot;
};
