import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openStore, storePath } from "@blacksky/store";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ADMIN_TOKEN,
  BOT_PHONE,
  createWorld,
  FRIEND_PHONE,
  OWNER_PHONE,
  SESSION_ID,
  type Home,
  type Tree,
  type World,
} from "../src/index.ts";
import { dumpDatabase } from "./support/dump-database.ts";
import { bytesNeedle, findNeedles, keysOf, textNeedle, type Needle } from "./support/needles.ts";

const KEY = "the key that nobody may ever read 0123456789";
const CODE_PHONE = "4915550000009";
const SPOKEN = ["the crown jewels are behind the clock", "nobody but the two of us knows about the harbour"];
const env = { DEBUG: "true", SESSION_ENCRYPTION_KEY: KEY };

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const storeOf = ({ dataDir }: Home): string => storePath(dataDir, SESSION_ID);

const readFiles = (folder: string): Buffer =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
  );

const stop = async (tree: Tree): Promise<void> => {
  tree.signal("SIGTERM", "group");
  await tree.exited;
};

const killed = async (tree: Tree): Promise<void> => {
  tree.signal("SIGKILL", "group");
  await tree.exited;
};

/** Pairs by QR and by code; resolves with what was shown, in parts as a QR has. */
const pairBoth = async (home: Home, tree: Tree): Promise<{ shown: Needle[]; output: string }> => {
  const { qr } = await tree.waitForPairing("qr");
  await home.pair(tree);
  const other = await world.createHome();
  const account = await world.simulator.addAccount({ phone: CODE_PHONE, name: "Second bot" });
  const second = await other.start({ env: { ...env, PAIRING_NUMBER: CODE_PHONE } });
  const { code } = await second.waitForPairing("code");
  await account.enterPairingCode(code);
  await second.waitUntilOpen();
  await stop(second);
  const parts = (qr.split("#").at(-1) ?? qr).split(",").filter((part) => part.length > 16);
  const shown = parts.map((part) => textNeedle("a part of the QR", part));
  const dashed = `${code.slice(0, 4)}-${code.slice(4)}`;
  const codes = [textNeedle("the pairing code", code), textNeedle("the pairing code", dashed)];
  return { shown: [...shown, ...codes], output: second.output() };
};

/** Talks, also so that sessions are replaced, messages are asked for again and connections break. */
const live = async (tree: Tree): Promise<void> => {
  const { owner, friend, simulator } = world;
  const group = await simulator.addGroup({ subject: "Harbour", members: [BOT_PHONE, owner.phone, friend.phone] });
  for (const text of SPOKEN) await friend.ask(BOT_PHONE, `.ping ${text}`, 20_000);
  await owner.ask(BOT_PHONE, ".status", 20_000);
  await friend.ask(group.id, ".ping", 20_000);
  friend.forgetSessions();
  await friend.ask(BOT_PHONE, ".ping", 20_000);
  simulator.faults.restartRequired(BOT_PHONE);
  await simulator.waitFor(({ type }) => type === "device.activated", 20_000);
  await tree.waitUntilOpen();
  await friend.ask(group.id, ".ping", 20_000);
};

const takeSnapshot = async (tree: Tree): Promise<void> => {
  expect((await tree.act("backup")).status).toBe(202);
};

/** Cuts the creds in the middle, with a checksum that fits: the bot's own reader meets it. */
const spoilCreds = async (home: Home): Promise<void> => {
  const store = openStore({ path: storeOf(home) });
  const creds = store.get("session/creds");
  await store.write([{ key: "session/creds", value: creds?.subarray(0, creds.length / 2) }]);
  await store.close();
};

/** Everything that the product printed, also where it failed. */
const trouble = async (home: Home, started: Tree): Promise<string> => {
  const outputs = [started];
  const restart = async (more: Record<string, string> = {}): Promise<Tree> => {
    const tree = await home.start({ env: { ...env, ...more } });
    outputs.push(tree);
    return tree;
  };
  const bot = await started.workerPid("bot");
  process.kill(bot, "SIGABRT");
  await started.waitForHealth("another bot runs", ({ workers }) => workers.bot.pid !== bot && workers.bot.pid !== null);
  await killed(started);
  // A damaged row: the snapshot takes its place.
  await home.damageReplica();
  home.wipeDisk();
  await home.expireLease();
  const restored = await restart();
  expect((await restored.waitUntilOpen()).session.restoredFrom).toBe("snapshot");
  await world.friend.ask(BOT_PHONE, ".ping", 30_000);
  await takeSnapshot(restored);
  await stop(restored);
  home.wipeDisk();
  const wrongKey = await restart({ SESSION_ENCRYPTION_KEY: `${KEY}, but another` });
  expect(await wrongKey.exited).toEqual({ code: 64, signal: null });
  const well = await restart();
  await well.waitUntilOpen();
  await takeSnapshot(well);
  await stop(well);
  await spoilCreds(home);
  const spoilt = await restart();
  await spoilt.exited;
  return outputs.map((tree) => tree.output()).join("\n");
};

test("no key, number, text, token, password, QR or code is in PostgreSQL, in a backup or in what is printed", async () => {
  const home = await world.createHome();
  const tree = await home.start({ env });
  const { shown, output } = await pairBoth(home, tree);
  await live(tree);
  await takeSnapshot(tree);
  const before = await keysOf(storeOf(home));
  const dumpedInLife = await dumpDatabase(home.databaseUrl);
  const printed = Buffer.from(output + (await trouble(home, tree)));
  const after = await keysOf(storeOf(home)).catch(() => []);

  const keys = [...before, ...after];
  expect(new Set(keys.map(({ name }) => name)).size).toBeGreaterThanOrEqual(4);
  const password = decodeURIComponent(new URL(home.databaseUrl).password);
  const numbers = [BOT_PHONE, OWNER_PHONE, FRIEND_PHONE, CODE_PHONE];
  const lids = [world.owner, world.friend, world.account].map(({ lid }) => lid.split("@")[0] ?? "");
  const people = [...numbers, ...lids].map((digits) => textNeedle("a number of somebody", digits));
  const secrets = [
    ...keys,
    ...shown,
    ...SPOKEN.map((text) => textNeedle("a text", text)),
    textNeedle("ADMIN_TOKEN", ADMIN_TOKEN),
    textNeedle("SESSION_ENCRYPTION_KEY", KEY),
    textNeedle("the password of DATABASE_URL", password),
    bytesNeedle("the password of DATABASE_URL", Buffer.from(password)),
  ];

  // The search finds what is there: all keys lie in the local store.
  expect(findNeedles(before, readFiles(join(home.dataDir, "store"))).length).toBeGreaterThan(before.length / 2);

  for (const told of ["SIGABRT", "The replica is damaged", "backup.wrongKey", "session.credsCorrupt", '"debug"']) {
    expect({ told, found: printed.includes(told) }).toEqual({ told, found: true });
  }
  expect(findNeedles([...secrets, ...people], printed)).toEqual([]);
  expect(findNeedles([...secrets, ...people], readFiles(join(home.dataDir, "backups")))).toEqual([]);
  expect(findNeedles(secrets, Buffer.from(world.database.log()))).toEqual([]);
  for (const dump of [dumpedInLife, await dumpDatabase(home.databaseUrl)]) {
    expect(dump.get("blacksky.replica_record.value")?.length).toBeGreaterThan(5_000);
    expect(dump.get("blacksky.snapshot_chunk.content")?.length).toBeGreaterThan(1_000);
    for (const [column, bytes] of dump) {
      // The name of a record is the address that it belongs to: PostgreSQL has to find it.
      const hidden = column === "blacksky.replica_record.key" ? secrets : [...secrets, ...people];
      expect({ column, found: findNeedles(hidden, bytes) }).toEqual({ column, found: [] });
    }
  }
}, 180_000);
