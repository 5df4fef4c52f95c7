import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, waitFor, type Home, type Tree, type World } from "@blacksky/harness";
import { systemClock } from "@blacksky/machine";

type Person = World["friend"];
interface Question {
  readonly by: Person;
  readonly id: string;
}

/** Far more than it takes; a busy machine answers a few questions in a second. */
const ANSWERS_MS = 120_000;

let world: World;
let people: Person[];
let group: Awaited<ReturnType<World["simulator"]["addGroup"]>>;
let home: Home;
let asked: Question[];

beforeAll(async () => {
  world = await createWorld();
  const phones = ["4915550000004", "4915550000005"];
  const more = await Promise.all(phones.map((phone) => world.simulator.addPerson({ phone })));
  people = [world.owner, world.friend, ...more];
  const members = [BOT_PHONE, ...people.map(({ phone }) => phone)];
  group = await world.simulator.addGroup({ subject: "Everybody", members });
  home = await world.createHome();
  asked = [];
});
afterAll(() => world.close());

/** Everybody asks `times` in private, and one of them in the group as well, without waiting for answers. */
const flood = async (times: number): Promise<void> => {
  const speak = async (by: Person, chat: string, often: number): Promise<void> => {
    for (let time = 0; time < often; time += 1) asked.push({ by, id: (await by.say(chat, ".ping")).id });
  };
  // Few in the group: the signatures that a group needs take these simulated phones a third of a second each.
  const inGroup = speak(world.friend, group.id, 2);
  await Promise.all([inGroup, ...people.map((by) => speak(by, BOT_PHONE, times))]);
};

/** How often each person has seen an answer to each of his questions: all at once, since each look copies. */
const countAnswers = (): number[] => {
  const answers = new Map<string, number>();
  for (const { phone, received } of people) {
    for (const { quotedId, count } of received) {
      const key = `${phone} ${quotedId ?? ""}`;
      answers.set(key, (answers.get(key) ?? 0) + count);
    }
  }
  return asked.map(({ by, id }) => answers.get(`${by.phone} ${id}`) ?? 0);
};

const answered = (): number => countAnswers().filter((count) => count > 0).length;

const waitForAnswers = (count: number): Promise<boolean> =>
  waitFor(
    `${String(count)} answers`,
    () => {
      const now = answered();
      if (now < count) throw new Error(`${String(now)} of ${String(asked.length)}, ${String(waiting())} wait`);
      return true;
    },
    ANSWERS_MS,
  );

/** What the server still has for the bot. */
const waiting = (): number => world.account.devices[0]?.queued ?? 0;

const endAndVanish = async (tree: Tree): Promise<void> => {
  const signalled = systemClock.now();
  tree.signal("SIGTERM", "group");
  expect(await tree.exited).toEqual({ code: 0, signal: null });
  expect(systemClock.now() - signalled).toBeLessThan(20_000);
  const { local, replica } = await home.compareReplica();
  expect(replica).toEqual(local);
  home.wipeDisk();
};

test("a flood, and a backlog in the middle of it, end in order: every question is answered once, none asked for again", async () => {
  let tree = await home.startPaired();
  for (const by of people) await by.ask(BOT_PHONE, ".ping", ANSWERS_MS);

  const live = flood(30);
  await waitForAnswers(5);
  await endAndVanish(tree);
  await live;
  expect(waiting()).toBeGreaterThan(0);

  await flood(20);
  const before = answered();
  tree = await home.start();
  await waitForAnswers(before + 10);
  await endAndVanish(tree);
  expect(waiting()).toBeGreaterThan(0);

  tree = await home.start();
  await waitForAnswers(asked.length);
  expect(asked).toHaveLength(204);
  expect(countAnswers().filter((count) => count !== 1)).toEqual([]);
  const ledger = world.simulator.ledger();
  expect(ledger).toMatchObject({ pairings: 1, retryReceipts: 0, maxConcurrentSockets: 1, unhandled: {} });
  expect(ledger.messages.filter(({ retried }) => retried > 0)).toEqual([]);
}, 240_000);
