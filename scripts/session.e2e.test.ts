import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, FRIEND_PHONE, OWNER_PHONE, waitFor, type Home, type World } from "@blacksky/harness";
import { openStore, storePath } from "@blacksky/store";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endBareScript, startBareScript } from "./bench/bare-script.ts";
import { sessionCommand } from "./test/bundled-session.ts";

const PASSPHRASE = "correct horse battery staple";
const here = import.meta.dirname;
let world: World;
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-carry-"));
  world = await createWorld();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const said: string[] = [];

/** Runs `pnpm session …` for a home. */
const session = (
  home: Home,
  words: readonly string[],
  { passphrase = PASSPHRASE, input = "", command = sessionCommand.bundled } = {},
): { status: number | null; output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...words], {
    cwd: here,
    encoding: "utf8",
    input,
    env: { PATH: process.env["PATH"], DATA_DIR: home.dataDir, BUNDLE_PASSPHRASE: passphrase },
  });
  said.push(stdout + stderr);
  return { status, output: stdout + stderr };
};

const isWhole = (authFolder: string): boolean => {
  try {
    const files = readdirSync(authFolder).map((name) => readFileSync(join(authFolder, name), "utf8"));
    const values = files.map((text): unknown => JSON.parse(text));
    return values.some((value) => typeof value === "object" && value !== null && "account" in value);
  } catch {
    return false;
  }
};

const pairBareBot = async (authFolder: string): Promise<void> => {
  const env = { WHATSAPP_WS_URL: world.simulator.url, WHATSAPP_ROOT_KEY: world.simulator.rootKey };
  const child = startBareScript(authFolder, env);
  try {
    let qr: string | undefined;
    let isOpen = false;
    child.on("message", (message: { qr?: string; open?: boolean }) => {
      qr ??= message.qr;
      isOpen ||= message.open === true;
    });
    await world.account.scanQr(await waitFor("the bare bot shows a QR", () => qr, 20_000));
    await waitFor("the bare bot is open", () => (isOpen ? true : undefined), 20_000);
    // Baileys writes its files in place: one who kills it in the middle of that leaves a torn one.
    await waitFor(
      "its folder is whole",
      () => {
        child.kill("SIGSTOP");
        if (isWhole(authFolder)) return true;
        child.kill("SIGCONT");
        return undefined;
      },
      20_000,
    );
  } finally {
    await endBareScript(child);
  }
};

/** Starts a home's bot, which must be open by itself, and talks to it. */
const startAndTalk = async (home: Home): Promise<Awaited<ReturnType<Home["start"]>>> => {
  const tree = await home.start();
  await tree.waitUntilOpen();
  expect(tree.output()).not.toContain("is pairing");
  expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
  expect((await world.friend.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
  return tree;
};

const stop = async (tree: Awaited<ReturnType<Home["start"]>>): Promise<void> => {
  tree.signal("SIGTERM", "group");
  expect(await tree.exited).toEqual({ code: 0, signal: null });
};

const metaOf = async (home: Home, name: string): Promise<string | undefined> => {
  const store = openStore({ path: storePath(home.dataDir, "BLACKSKY-MD"), readOnly: true });
  const value = store.meta.get(name);
  await store.close();
  return value;
};

test("a bot of bare Baileys comes online here without pairing, and moves on to another host as a bundle", async () => {
  const home = await world.createHome();
  await pairBareBot(at("auth"));
  // Once from its source, as a person does; afterwards bundled, which starts in a fifth of the time.
  expect(session(home, ["import", at("auth")], { command: sessionCommand.asPeopleDo })).toMatchObject({
    status: 0,
    output: expect.stringContaining("Imported"),
  });
  expect(session(home, ["verify"])).toMatchObject({ status: 0, output: expect.stringContaining("credentials linked") });

  const tree = await startAndTalk(home);
  expect(await metaOf(home, "imported")).toBeUndefined();
  expect(session(home, ["show"]).output).toContain("(running)");
  expect(session(home, ["export", at("bot.bundle")])).toMatchObject({
    status: 1,
    output: expect.stringContaining("is running"),
  });
  await stop(tree);
  const copies = await home.compareReplica();
  expect(copies.replica).toEqual(copies.local);

  expect(session(home, ["export", at("bot.bundle")])).toMatchObject({ status: 0 });
  const refusing = await home.start();
  expect(await refusing.exited).toEqual({ code: 64, signal: null });
  expect(refusing.output()).toContain("The session left this place");
  // The mark is replicated: a disk that is lost does not wake the session up either.
  home.wipeDisk();
  const restored = await home.start();
  expect(await restored.exited).toEqual({ code: 64, signal: null });

  const other = await world.createHome();
  expect(session(other, ["import", at("bot.bundle")], { passphrase: "another passphrase" })).toMatchObject({
    status: 1,
    output: expect.stringContaining("does not open this bundle"),
  });
  expect(existsSync(storePath(other.dataDir, "BLACKSKY-MD"))).toBe(false);
  expect(session(other, ["import", at("bot.bundle")])).toMatchObject({ status: 0 });
  await stop(await startAndTalk(other));
});

test("an import wins over the older replica of another session, and replaces all of it", async () => {
  const home = await world.createHome();
  const first = await home.startPaired();
  await stop(first);
  expect(session(home, ["export", at("whole")])).toMatchObject({ status: 0 });
  home.wipeDisk();

  const creds = readFileSync(join(at("whole"), "creds.json")).toString("base64");
  expect(session(home, ["import", "-"], { input: `Some-Bot~${creds}` })).toMatchObject({
    status: 0,
    output: expect.stringContaining("Only credentials are in this string"),
  });
  await stop(await startAndTalk(home));
  const { local, replica } = await home.compareReplica();
  expect(replica).toEqual(local);

  expect(session(home, ["import", at("whole")])).toMatchObject({
    status: 1,
    output: expect.stringContaining("--force"),
  });
  expect(session(home, ["import", at("whole"), "--force"])).toMatchObject({ status: 0 });
  expect(session(home, ["list"]).output).toMatch(/archived-.*-import\n {2}linked/);
});

test("a bundle does not win over what its own session became since, unless it is forced", async () => {
  const home = await world.createHome();
  const first = await home.startPaired();
  await stop(first);
  expect(session(home, ["export", at("old.bundle")])).toMatchObject({ status: 0 });
  expect(session(home, ["resume", "--force"])).toMatchObject({ status: 0 });
  await stop(await startAndTalk(home));
  const before = await home.compareReplica();
  home.wipeDisk();

  expect(session(home, ["import", at("old.bundle")])).toMatchObject({ status: 0 });
  const refusing = await home.start();
  expect(await refusing.exited).toEqual({ code: 64, signal: null });
  expect(refusing.output()).toContain("The replica is newer than the session that was imported.");
  expect((await home.compareReplica()).replica).toEqual(before.replica);

  expect(session(home, ["import", at("old.bundle"), "--force"])).toMatchObject({ status: 0 });
  const forced = await home.start();
  await forced.waitUntilOpen();
  await stop(forced);
});

test("a torn bundle changes nothing, and a session whose bundle is lost can be taken back", async () => {
  const home = await world.createHome();
  expect(session(home, ["list"])).toMatchObject({ status: 0, output: expect.stringContaining("no session here") });
  expect(session(home, ["show"])).toMatchObject({ status: 1, output: expect.stringContaining("There is no session") });
  expect(session(home, ["import", at("whole")])).toMatchObject({ status: 0 });
  expect(session(home, ["export", at("lost.bundle")])).toMatchObject({ status: 0 });
  truncateSync(at("lost.bundle"), 3000);
  expect(session(home, ["import", at("lost.bundle")])).toMatchObject({
    status: 1,
    output: expect.stringContaining("fails its checksum"),
  });
  expect(session(home, ["show"]).output).toContain("Moved away");
  expect(session(home, ["restore", "any", "--force"])).toMatchObject({
    status: 1,
    output: expect.stringContaining("may be running on another host"),
  });
  expect(session(home, ["resume"])).toMatchObject({ status: 1 });
  expect(session(home, ["resume", "--force"])).toMatchObject({ status: 0 });
  expect(session(home, ["show"]).output).not.toContain("Moved away");
  expect(session(home, ["rest"])).toMatchObject({ status: 64 });
});

test("nothing that was printed tells a number or a key", () => {
  const creds = JSON.parse(readFileSync(join(at("whole"), "creds.json"), "utf8")) as {
    noiseKey: { private: { data: string } };
    advSecretKey: string;
  };
  const secrets = [BOT_PHONE, OWNER_PHONE, FRIEND_PHONE, creds.noiseKey.private.data, creds.advSecretKey, PASSPHRASE];
  for (const secret of secrets) expect(said.join("")).not.toContain(secret);
});
