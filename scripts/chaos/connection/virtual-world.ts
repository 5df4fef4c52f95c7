import { startController, type Controller } from "@blacksky/connection";
import { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, seededRandom, type FakeClock, type Random } from "@blacksky/machine";
import { connection, control } from "@blacksky/protocol";
import { connectionSettings, watchdogSettings, type ConnectionState } from "@blacksky/whatsapp";
import { createVirtualBot, type VirtualBot } from "./virtual-bot.ts";
import { createVirtualWhatsApp, type VirtualWhatsApp } from "./virtual-whatsapp.ts";

/** A keeper, a bot and a WhatsApp in virtual time: hours pass in milliseconds, and the same seed gives the same life. */
export interface VirtualWorld {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly whatsApp: VirtualWhatsApp;
  readonly bot: VirtualBot;
  /** What the keeper has decided; `undefined` while there is no keeper. */
  readonly state: ConnectionState | undefined;
  crashKeeper(): void;
  startKeeper(): void;
  crashBot(downMs: number): void;
  /** A person asks for a connection; true when nothing is held against it. */
  ask(): Promise<boolean>;
  /** Everything that is due within this time happens. Ends early once `until` holds. */
  pass(ms: number, until?: () => boolean): Promise<void>;
}

/** A keeper that crashes does not say goodbye; a bot restarts because it crashed or was asked to. */
const RESTART_MS = 700;
/** The defaults of the product. */
const PACE = { initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 15 };
const CHECK_MS = 60_000;

const failOnViolation = (error: BlackskyError): never => {
  throw error;
};

/** Messages between linked ports take microtasks only, and a turn of the loop runs all of them. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A world in which everything is well and nobody has begun. */
export const createVirtualWorld = (seed: number): VirtualWorld => {
  const clock = createFakeClock(1_700_000_000_000);
  const random = seededRandom(seed);
  const whatsApp = createVirtualWhatsApp(clock, random);
  const bot = createVirtualBot(clock, random, whatsApp);
  let keeper: { controller: Controller; parent: Channel; disconnect: () => void } | undefined;

  const world: VirtualWorld = {
    clock,
    random,
    whatsApp,
    bot,
    get state() {
      return keeper?.controller.state;
    },
    crashKeeper() {
      keeper?.disconnect();
      keeper = undefined;
      bot.attach(undefined);
    },
    startKeeper() {
      if (keeper !== undefined) return;
      const ports = linkPorts();
      const parent = createChannel({ port: ports.parent, onViolation: failOnViolation, clock });
      parent.on(control.restartRequested, () => world.crashBot(RESTART_MS));
      bot.attach(parent);
      const controller = startController({
        channel: createChannel({ port: ports.child, onViolation: failOnViolation, clock }),
        settings: connectionSettings(PACE),
        // Else the looks of a quiet day would take longer than all the rest.
        watchdog: watchdogSettings(CHECK_MS, { lookMs: CHECK_MS }),
        schedule: undefined,
        clock,
        random,
        log: createTestLogger(),
      });
      keeper = { controller, parent, disconnect: () => ports.disconnect() };
    },
    crashBot(downMs) {
      bot.crash();
      clock.startTimer(downMs, () => bot.start());
    },
    async ask() {
      try {
        await keeper?.parent.request(connection.reconnect, { reason: "asked for" }, { deadlineMs: 60_000 });
        return keeper !== undefined;
      } catch (error) {
        if (error instanceof BlackskyError) return false;
        throw error;
      }
    },
    async pass(ms, until) {
      const endMs = clock.monotonic() + ms;
      await settle();
      for (;;) {
        if (until?.() === true) return;
        const next = clock.untilNextMs;
        if (next === undefined || clock.monotonic() + next > endMs) break;
        clock.advance(next);
        await settle();
      }
      clock.advance(endMs - clock.monotonic());
      await settle();
    },
  };
  return world;
};
