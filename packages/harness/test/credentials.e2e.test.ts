import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type Home, type Tree, waitFor, type World } from "../src/index.ts";
import { onDatabase } from "./support/on-database.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** A user of the home's database, and the address for it. */
const addUser = async ({ databaseUrl }: Home, name: string, statements: readonly string[]): Promise<string> => {
  const url = new URL(databaseUrl);
  const password = `secret-of-${name}`;
  await onDatabase(databaseUrl, async (database) => {
    await database.run(`create role ${name} login password '${password}'`);
    for (const statement of statements) await database.run(statement);
  });
  url.username = name;
  url.password = password;
  return url.href;
};

const nameOf = ({ databaseUrl }: Home): string => new URL(databaseUrl).pathname.slice(1);

const talk = async (): Promise<void> => {
  expect((await world.owner.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
  expect((await world.friend.ask(BOT_PHONE, ".ping", 20_000)).text).toMatch(/pong/i);
};

const stop = async (tree: Tree): Promise<void> => {
  tree.signal("SIGTERM", "group");
  expect(await tree.exited).toEqual({ code: 0, signal: null });
};

const expectNothingLost = async (home: Home): Promise<void> => {
  const { local, replica } = await home.compareReplica();
  expect(replica).toEqual(local);
  expect(world.simulator.ledger()).toMatchObject({ pairings: 1, retryReceipts: 0 });
};

test("a DATABASE_URL that is rotated, and another that is revoked while the bot runs, cost nothing", async () => {
  const home = await world.createHome();
  const first = await addUser(home, "first", [`grant create on database ${nameOf(home)} to first`]);
  let tree = await home.startPaired({ env: { DATABASE_URL: first } });
  await talk();
  await stop(tree);
  await expectNothingLost(home);

  // As Heroku rotates: another user with the rights of the one before, a restart, and an empty disk.
  const second = await addUser(home, "second", ["grant first to second"]);
  await onDatabase(home.databaseUrl, (database) => database.run("alter role first nologin"));
  home.wipeDisk();
  tree = await home.start({ env: { DATABASE_URL: second } });
  const { session } = await tree.waitUntilOpen();
  expect(session).toMatchObject({ paired: true, restoredFrom: "replica" });
  await talk();
  await tree.waitForHealth("all is well", ({ status }) => status === "ok");

  // Revoked under the running bot: it goes on, says what to do, and changes wait.
  const { logins } = world.simulator.ledger();
  await onDatabase(home.databaseUrl, async (database) => {
    await database.run("alter role second password 'another'");
    await database.rows("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'second'");
  });
  await tree.waitForHealth("it shows", ({ status, databaseConnected }) => status === "degraded" && !databaseConnected);
  await talk();
  const refused = await tree.waitForHealth("changes wait", ({ session: now }) => now.position > now.replicatedPosition);
  expect(refused.connection.state).toBe("open");
  expect(world.simulator.ledger().logins).toBe(logins);
  expect(tree.output()).toContain("The session cannot be replicated; changes wait on this disk.");
  // The first failure is the end of the connection there was; why there is no other one, the next attempt learns.
  const refusal = "PostgreSQL refused the user or password of DATABASE_URL.";
  await waitFor("it says why", () => tree.output().includes(refusal) || undefined, 30_000);
  expect(tree.output()).toMatch(/"error.hint":"[^"]*DATABASE_URL[^"]*restart/);
  await stop(tree);

  const url = new URL(second);
  url.password = "another";
  tree = await home.start({ env: { DATABASE_URL: url.href } });
  expect((await tree.waitUntilOpen()).session).toMatchObject({ paired: true, restoredFrom: "local" });
  await talk();
  await stop(tree);
  await expectNothingLost(home);
  expect(tree.output()).not.toContain("is pairing");
});

test("a user who may not write what another user made is told how he could", async () => {
  const home = await world.createHome();
  const owner = await addUser(home, "owner", [`grant create on database ${nameOf(home)} to owner`]);
  const tree = await home.start({ env: { DATABASE_URL: owner } });
  await tree.waitForPairing("qr");
  await stop(tree);
  home.wipeDisk();
  const stranger = await addUser(home, "stranger", []);
  const refused = await home.start({ env: { DATABASE_URL: stranger } });
  const { code } = await refused.exited;
  expect(code).toBe(75);
  expect(refused.output()).toContain("The database user may not do this.");
  expect(refused.output()).toContain("GRANT");
  expect(refused.output()).not.toContain("Scan");
});
