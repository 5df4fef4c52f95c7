import { startTestServer } from "@blacksky/postgres/testing";
import { startSimulator } from "@blacksky/simulator";
import type { ServerEnv } from "./bare-script.ts";
import { ECHO_LIMITS, measureEcho, type EchoSizes } from "./delivery/echo.ts";
import { describeLosses, measureLosses, type LossFigures, type LossSizes } from "./delivery/losses.ts";
import { describeNotify, measureNotify, type NotifyFigures, type NotifySizes } from "./delivery/notify.ts";
import { prepareHomes } from "./delivery/our-trees.ts";
import { measureThroughput, THROUGHPUT_LIMITS, type ThroughputSizes } from "./delivery/throughput.ts";
import { describeLimits, describeSamples, type Samples } from "./session/figures.ts";

/** How much is measured. */
export interface DeliverySizes {
  readonly echo: EchoSizes;
  readonly losses: LossSizes;
  readonly throughput: ThroughputSizes;
  readonly notify: NotifySizes;
}

/** What was measured: figures with a median, and counts. */
export interface DeliveryFigures {
  readonly samples: Samples;
  readonly losses: readonly LossFigures[];
  readonly notifications: readonly NotifyFigures[];
}

// A lost acknowledgement is waited for 20 seconds before the answer goes out again.
const STILL_MS = 30_000;

const FULL: DeliverySizes = {
  echo: { people: 50, questions: 6 },
  losses: { people: 20, groups: 2, bursts: 20, questions: 20, stillMs: STILL_MS },
  throughput: { singly: 2_000, inBatches: 10_000, warmUp: 3_000 },
  notify: { people: 20, outages: 16, notifications: 50, stillMs: STILL_MS },
};
const QUICK: DeliverySizes = {
  echo: { people: 20, questions: 5 },
  losses: { people: 10, groups: 1, bursts: 5, questions: 20, stillMs: STILL_MS },
  throughput: { singly: 500, inBatches: 2_000, warmUp: 500 },
  notify: { people: 10, outages: 4, notifications: 40, stillMs: STILL_MS },
};

/** What the figures are held against. */
export const DELIVERY_LIMITS = [...THROUGHPUT_LIMITS, ...ECHO_LIMITS];

/** Measures what delivery costs, and what it loses. */
export const measureDelivery = async (rounds: number, sizes: DeliverySizes): Promise<DeliveryFigures> => {
  const samples: Samples = new Map();
  const [simulator, database] = await Promise.all([
    startSimulator({ prekeyCount: 1 }),
    startTestServer({ waitsForDisk: true }),
  ]);
  const server: ServerEnv = { WHATSAPP_WS_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const homes = prepareHomes(simulator, database, server);
  try {
    await measureThroughput(samples, database, rounds, sizes.throughput);
    await measureEcho(samples, simulator, homes, { rounds, sizes: sizes.echo, server });
    const losses = await measureLosses(simulator, homes, server, sizes.losses);
    const notifications = await measureNotify(simulator, homes, server, sizes.notify);
    return { samples, losses, notifications };
  } finally {
    await simulator.stop();
    await database.stop();
    homes.remove();
  }
};

/** Measures and prints. `quick` is for a look in passing. */
export const benchDelivery = async (rounds: number, quick: boolean): Promise<void> => {
  const sizes = quick ? QUICK : FULL;
  const { samples, losses, notifications } = await measureDelivery(rounds, sizes);
  console.log(`\n${describeSamples(samples)}\n\n${describeLimits(samples, DELIVERY_LIMITS)}`);
  console.log(`\n${describeLosses(losses, sizes.losses)}`);
  console.log(`\n${describeNotify(notifications)}`);
};
