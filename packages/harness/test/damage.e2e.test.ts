import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore, storePath } from "@blacksky/store";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BOT_PHONE, createWorld, SESSION_ID, type Home, type Tree, type World, waitFor } from "../src/index.ts";
import { onDatabase } from "./support/on-database.ts";

let world: World;
let home: Home;
let tree: Tree;
beforeAll(async () => {
  world = await createWorld();
  home = await world.createHome();
  tree = await home.startPaired();
});
afterAll(() => world.close());

const PAGE_BYTES = 4096;

const storeFolder = (): string => storePath(home.dataDir, SESSION_ID);
const dataFile = (): string => join(storeFolder(), "data.mdb");

/** Changes the file where it lies, as a bad disk would: the processes that have it mapped see that at once. */
const damage = (where: (bytes: Buffer) => readonly (readonly [at: number, bytes: Buffer])[]): void => {
  const file = openSync(dataFile(), "r+");
  for (const [at, bytes] of where(readFileSync(dataFile()))) writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
};

/** What the store holds of conversations now, as it is written. */
const readConversations = async (): Promise<Buffer[]> => {
  const store = openStore({ path: storeFolder(), readOnly: true });
  const values = [...store.entries("session/session/")].map(({ value }) => Buffer.from(value));
  await store.close();
  return values;
};

const occurrences = (bytes: Buffer, part: Buffer): number[] => {
  const found: number[] = [];
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) found.push(at);
  return found;
};

/** Where these values lie, and other bytes for the end of each. */
const spoilt = (bytes: Buffer, values: readonly Buffer[]): (readonly [at: number, bytes: Buffer])[] => {
  const found = values.map((value) => occurrences(bytes, value).map((at) => at + value.length - 2));
  expect(found).not.toContainEqual([]);
  return found.flat().map((at) => [at, Buffer.from("??")]);
};

const expectToBeWell = async (): Promise<void> => {
  for (const person of [world.owner, world.friend]) {
    expect((await person.ask(BOT_PHONE, ".ping", 30_000)).text).toMatch(/pong/i);
  }
  await tree.waitForHealth("all is well", ({ status, session }) => status === "ok" && session.lease.held);
  expect(world.simulator.ledger().pairings).toBe(1);
};

/** It ends so that everything starts again, as a platform does it; what made it end is answered then. */
const expectToEndAndGoOn = async (): Promise<void> => {
  const said = await world.owner.say(BOT_PHONE, ".ping");
  const { code } = await tree.exited;
  expect({ code, output: tree.output() }).toMatchObject({ code: 75 });
  expect(tree.output()).toMatch(/store\.corrupt/);
  // What it could not read is neither acknowledged nor refused: the server gives it to whoever comes next.
  const { messages } = world.simulator.ledger();
  expect(messages.find(({ id }) => id === said.id)).toMatchObject({ acknowledged: false, receipts: {}, nacks: {} });
  tree = await home.start();
  expect((await tree.waitUntilOpen()).session.restoredFrom).toBe("replica");
  const answer = await world.owner.waitForMessage(({ quotedId }) => quotedId === said.id, 30_000);
  expect(answer.text).toMatch(/pong/i);
  expect(tree.output()).toContain("The local store is damaged. It is kept as it is");
  expect(tree.output()).toContain("The local store is not used any more and was put aside.");
};

describe("what breaks under a running bot", () => {
  beforeEach(() => expectToBeWell());
  afterEach(async () => {
    await expectToBeWell();
    tree.signal("SIGTERM", "group");
    expect(await tree.exited).toEqual({ code: 0, signal: null });
    const { local, replica } = await home.compareReplica();
    expect(replica).toEqual(local);
    tree = await home.start();
    await tree.waitUntilOpen();
  });

  test("the tables in PostgreSQL: they are made again and filled, and nobody has to pair", async () => {
    await onDatabase(home.databaseUrl, (database) => database.run("drop schema blacksky cascade"));
    await world.owner.ask(BOT_PHONE, ".ping", 30_000);
    const isTold = (): true | undefined => tree.output().includes("is gone from the database") || undefined;
    await waitFor("it is told", isTold, 30_000);
    await tree.waitForHealth("it has a replica again", ({ session, connection }) => {
      const { position, replicatedPosition, lease } = session;
      return connection.state === "open" && lease.held && position > 0 && replicatedPosition === position;
    });
    expect(tree.output()).toContain("The bot's tables are gone from the database.");
  });

  test("the records of its conversations: it stops before it uses them, and goes on with the replica's", async () => {
    const conversations = await readConversations();
    expect(conversations.length).toBeGreaterThan(0);
    damage((bytes) => spoilt(bytes, conversations));
    await expectToEndAndGoOn();
  });

  test("the pages of its store: the same", async () => {
    damage((bytes) => [[2 * PAGE_BYTES, Buffer.alloc(bytes.length - 2 * PAGE_BYTES)]]);
    await expectToEndAndGoOn();
  });
});
