import type { DatabaseProxy } from "@blacksky/harness";
import { delay, systemClock, type Random } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import { setTimeout as pause } from "node:timers/promises";
import type { Platform } from "../delivery/platform.ts";

/** A bot and its way to WhatsApp. */
export interface LinePlace {
  readonly simulator: Simulator;
  readonly phone: string;
  readonly random: Random;
  /** The process that has the socket, as soon as there is one. */
  botPid(): Promise<number>;
}

/** A whole tree, with its disk and its database. */
export interface TreePlace extends LinePlace {
  readonly platform: Platform;
  readonly proxy: DatabaseProxy;
  /** The dyno cycles: its disk is gone. */
  leaveNothing(): Promise<void>;
  /** The machine restarts with its disk, and has vanished for a moment. */
  expireLease(): Promise<void>;
}

const SHORTEST_MS = 1_000;
const LONGEST_MS = 6_000;
const RESET_CHANCE = 0.05;
const LOST_CHANCE = 0.02;
const DAMAGE_CHANCE = 0.1;
const DICE = 1_000_000;

const lasting = ({ random }: LinePlace): number => SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS);

const seed = ({ random }: LinePlace): number => Math.floor(random() * DICE);

const killBot = async (place: LinePlace): Promise<void> => {
  process.kill(await place.botPid(), "SIGKILL");
};

/** What befalls a bot and its connection; each takes as long as it lasts. */
export const LINE_OUTAGES = {
  "bot killed": killBot,
  "connection cut": async (place) => {
    for (let times = 0; times < 3; times++) {
      place.simulator.faults.drop(place.phone);
      await delay(systemClock, lasting(place) / 3);
    }
  },
  "WhatsApp unreachable": (place) => place.simulator.faults.refuse(Math.ceil(lasting(place))),
  "WhatsApp unreachable, bot killed": async (place) => {
    const ms = Math.ceil(lasting(place));
    await Promise.all([place.simulator.faults.refuse(ms), pause(ms / 2).then(() => killBot(place))]);
  },
  "reset while sending": async (place) => {
    const { faults } = place.simulator;
    for (const moment of ["message", "acknowledgement"] as const) {
      faults.resetWhileSending(place.phone, moment, true, { chance: RESET_CHANCE, seed: seed(place) });
    }
    await delay(systemClock, lasting(place));
    for (const moment of ["message", "acknowledgement"] as const) {
      faults.resetWhileSending(place.phone, moment, false);
    }
  },
  "acknowledgements and receipts lost, bits flipped": async (place) => {
    const { faults } = place.simulator;
    faults.withholdAcks(place.phone, true, { chance: LOST_CHANCE, seed: seed(place) });
    faults.loseReceipts(place.phone, "people", true, { chance: DAMAGE_CHANCE, seed: seed(place) });
    faults.damage(place.phone, "from-client", true, { chance: DAMAGE_CHANCE, seed: seed(place) });
    await delay(systemClock, lasting(place));
    faults.withholdAcks(place.phone, false);
    faults.loseReceipts(place.phone, "people", false);
    faults.damage(place.phone, "from-client", false);
  },
  "refused as too busy": async (place) => {
    place.simulator.faults.refuseMessages(place.phone, 503, { chance: LOST_CHANCE, seed: seed(place) });
    await delay(systemClock, lasting(place));
    place.simulator.faults.refuseMessages(place.phone, undefined);
  },
} as const satisfies Readonly<Record<string, (place: LinePlace) => Promise<void>>>;

const restart = async (place: TreePlace, signal: "SIGTERM" | "SIGKILL", after: () => Promise<void>): Promise<void> => {
  await place.botPid();
  await place.platform.end(signal);
  await after();
  await place.platform.start();
};

/** What befalls all of it. */
const TREE_OUTAGES = {
  "everything killed, disk kept": (place) => restart(place, "SIGKILL", () => place.expireLease()),
  "dyno cycled, disk wiped": (place) => restart(place, "SIGTERM", () => place.leaveNothing()),
  "database cut, bot killed": async (place) => {
    // A tree that is only starting waits for its database, and has no bot meanwhile.
    await place.botPid();
    place.proxy.cut();
    await delay(systemClock, lasting(place) / 2);
    await killBot(place);
    await delay(systemClock, lasting(place) / 2);
    place.proxy.mend();
  },
  "database cut, everything killed, disk kept": async (place) => {
    await place.botPid();
    place.proxy.cut();
    await place.platform.end("SIGKILL");
    await place.expireLease();
    const starting = place.platform.start();
    await delay(systemClock, lasting(place));
    place.proxy.mend();
    await starting;
  },
} as const satisfies Readonly<Record<string, (place: TreePlace) => Promise<void>>>;

/** Every kind. */
export const NOTIFICATION_OUTAGES = { ...LINE_OUTAGES, ...TREE_OUTAGES };

export type NotificationOutage = keyof typeof NOTIFICATION_OUTAGES;
