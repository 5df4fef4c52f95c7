import { delay, pick, seededRandom, systemClock } from "@blacksky/machine";
import type { Simulator } from "@blacksky/simulator";
import { cpSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { gatherCrowd } from "../../chaos/delivery/crowd.ts";
import { createPlatform, PATIENCE } from "../../chaos/delivery/platform.ts";
import { watchArrivals } from "../../chaos/notifications/arrivals.ts";
import { LINE_OUTAGES } from "../../chaos/notifications/faults.ts";
import { handInAll } from "../../chaos/notifications/hand-in.ts";
import { judgeNotifications, type Handed, type NotificationTally } from "../../chaos/notifications/judge.ts";
import { startUnderPm2, type ServerEnv } from "../bare-script.ts";
import { pairBare } from "../paired-bots.ts";
import { makeFolder } from "../session/key-stores.ts";
import { describeCounts } from "./describe-counts.ts";
import type { OurHomes } from "./our-trees.ts";

export interface NotifySizes {
  readonly people: number;
  readonly outages: number;
  /** Handed in around each outage. */
  readonly notifications: number;
  /** How long nobody sees one until no more are waited for. */
  readonly stillMs: number;
}

/** What became of the notifications of one bot. */
export interface NotifyFigures extends NotificationTally {
  readonly name: string;
}

const OURS = "4915550000021";
const BARE = "4915550000022";
const SEED = 17;
const OUTAGES = ["bot killed", "connection cut", "WhatsApp unreachable", "WhatsApp unreachable, bot killed"] as const;

interface Notifier {
  readonly name: string;
  readonly phone: string;
  urlNow(): string | undefined;
  botPid(): Promise<number>;
}

/** Hands in while the bot is struck; the dice are the same for each. */
const notify = async (simulator: Simulator, notifier: Notifier, sizes: NotifySizes): Promise<NotifyFigures> => {
  const { name, phone } = notifier;
  const random = seededRandom(SEED);
  const { people } = await gatherCrowd(simulator, phone, { people: sizes.people, groups: 0 });
  for (const person of people) await person.say(phone, "hello");
  const recipients = people.map((person) => ({ to: person.phone, readers: [person] }));
  const arrivals = watchArrivals(simulator, phone);
  const handed: Handed[] = [];
  const onHanded = (one: Handed): void => {
    handed.push(one);
    arrivals.missing.add(one.number);
  };
  const place = { simulator, phone, random, botPid: () => notifier.botPid() };
  // Each bot has numbers of its own: the same people see both.
  const base = phone === OURS ? 0 : sizes.outages * sizes.notifications;
  for (let outage = 0; outage < sizes.outages; outage++) {
    const numbers = Array.from({ length: sizes.notifications }, (_, at) => base + outage * sizes.notifications + at);
    const handing = handInAll({ random, recipients, urlNow: () => notifier.urlNow(), onHanded }, numbers);
    await delay(systemClock, random() * 1000);
    await LINE_OUTAGES[pick(random, OUTAGES)](place);
    await handing;
  }
  await arrivals.settle(sizes.stillMs);
  arrivals.stop();
  return { name, ...judgeNotifications(handed) };
};

/** A port of this machine that is free now. */
const findPort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const measureBare = async (simulator: Simulator, server: ServerEnv, sizes: NotifySizes): Promise<NotifyFigures> => {
  const [paired, folder] = [makeFolder("bare"), makeFolder("bare")];
  await pairBare(simulator, BARE, paired.path, server);
  cpSync(paired.path, folder.path, { recursive: true });
  const port = String(await findPort());
  const env = { ...server, QUEUE_PORT: port };
  const pm2 = startUnderPm2(makeFolder("pm2").path, folder.path, env);
  try {
    const urlNow = (): string => `http://127.0.0.1:${port}`;
    return await notify(
      simulator,
      { name: "queue in memory, under pm2", phone: BARE, urlNow, botPid: () => pm2.runningPid() },
      sizes,
    );
  } finally {
    pm2.stop();
    paired.remove();
    folder.remove();
  }
};

const measureOurs = async (simulator: Simulator, homes: OurHomes, sizes: NotifySizes): Promise<NotifyFigures> => {
  const home = await homes.create(OURS);
  let url: string | undefined;
  const platform = createPlatform(async (env) => {
    url = undefined;
    const tree = await home.start(env);
    ({ url } = tree);
    return tree;
  });
  await platform.start(PATIENCE);
  try {
    const botPid = (): Promise<number> => platform.botPid();
    return await notify(simulator, { name: "ours", phone: OURS, urlNow: () => url, botPid }, sizes);
  } finally {
    await platform.end("SIGTERM");
  }
};

/** What kills and outages cost those who are to be notified, ours beside a queue in memory as such bots have it. */
export const measureNotify = async (
  simulator: Simulator,
  homes: OurHomes,
  server: ServerEnv,
  sizes: NotifySizes,
): Promise<readonly NotifyFigures[]> => [
  await measureBare(simulator, server, sizes),
  await measureOurs(simulator, homes, sizes),
];

/** A line for each bot. */
export const describeNotify = (figures: readonly NotifyFigures[]): string =>
  describeCounts(
    ["handed in", "lost", "seen twice", "disordered"],
    figures.map(({ name, handed, lost, twice, disordered }) => ({ name, counts: [handed, lost, twice, disordered] })),
  );
