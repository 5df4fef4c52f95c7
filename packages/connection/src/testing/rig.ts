import type { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, type FakeClock } from "@blacksky/machine";
import { alerts, connection, control } from "@blacksky/protocol";
import {
  connectionSettings,
  watchdogSettings,
  type ConnectionPicture,
  type ReconnectSchedule,
} from "@blacksky/whatsapp";
import { startController, type Controller } from "../controller.ts";
import { createScriptedBot, type ScriptedBot } from "./scripted-bot.ts";

/** A controller on linked ports and a fake clock, between a scripted bot and a parent that writes everything down. */
export interface Rig {
  readonly bot: ScriptedBot;
  /** The parent's end. */
  readonly parent: Channel;
  readonly clock: FakeClock;
  /** The controller that runs now. */
  readonly controller: Controller;
  /** Public states in the order in which they were published. */
  readonly states: string[];
  readonly recycled: string[];
  /** Kinds of the alerts that left the process. */
  readonly raised: string[];
  readonly logged: string[];
  picture(): ConnectionPicture | undefined;
  /** Until nobody has anything to say without time passing. */
  settle(): Promise<void>;
  /** Time passes, and everybody reacts. */
  pass(ms: number): Promise<void>;
  /** The same, in steps short enough for everybody to answer meanwhile. */
  passSlowly(ms: number): Promise<void>;
  /** The controller's process dies; its bot lives on. */
  restartController(): Promise<void>;
  disconnect(): void;
}

// A message takes a handful of microtasks; a turn of the loop runs all of them.
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const STEP_MS = 500;

const failOnViolation = (error: BlackskyError): void => {
  throw error;
};

/** Far beyond every test that lets hours go by in one go, in which nobody could answer the watchdog. */
const ASLEEP = { lookMs: 1e12 };

/** Starts a controller whose bot is there (or `absent`). The watchdog sleeps unless it is `watched`; then go by `passSlowly`. */
export const createRig = async ({
  absent = false,
  watched = false,
  schedule,
}: { absent?: boolean; watched?: boolean; schedule?: ReconnectSchedule } = {}): Promise<Rig> => {
  const clock = createFakeClock(1_000_000);
  const bot = createScriptedBot(clock, absent);
  const states: string[] = [];
  const recycled: string[] = [];
  const raised: string[] = [];
  const logged: string[] = [];
  let picture: ConnectionPicture | undefined;

  const start = (): { controller: Controller; parent: Channel; disconnect: () => void } => {
    const ports = linkPorts();
    const parent = createChannel({ port: ports.parent, onViolation: failOnViolation, clock });
    parent.on(connection.changed, (body) => {
      picture = body;
      states.push(body.state);
    });
    parent.on(alerts.raised, ({ kind }) => raised.push(kind));
    parent.on(control.restartRequested, ({ scope }) => recycled.push(scope));
    bot.attach(parent);
    const controller = startController({
      channel: createChannel({ port: ports.child, onViolation: failOnViolation, clock }),
      settings: connectionSettings({ initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 3 }),
      watchdog: watchdogSettings(60_000, watched ? {} : ASLEEP),
      schedule,
      clock,
      random: () => 0,
      log: createTestLogger((level, message) => void logged.push(`${level} ${message}`)),
    });
    return { controller, parent, disconnect: ports.disconnect };
  };

  let running = start();
  await settle();
  return {
    bot,
    clock,
    states,
    recycled,
    raised,
    logged,
    get parent() {
      return running.parent;
    },
    get controller() {
      return running.controller;
    },
    picture: () => picture,
    settle,
    async pass(ms) {
      clock.advance(ms);
      await settle();
    },
    async passSlowly(ms) {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        clock.advance(STEP_MS);
        await settle();
      }
    },
    async restartController() {
      running.disconnect();
      running = start();
      await settle();
    },
    disconnect: () => running.disconnect(),
  };
};
