import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, spawnRunner, waitFor, type World } from "@blacksky/harness";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readdirSync, statSync } from "node:fs";

/** Three pages: the two that describe a store, and one of what they describe. */
const TORN_BYTES = 3 * 4096;

/** Starts a runner that is expected to refuse; resolves with how it ended and all it said. */
const runToEnd = async (
  env: Record<string, string>,
  dataDir?: string,
): Promise<{ code: number | null; text: string }> => {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), "blacksky-bad-"));
  const child = spawnRunner({ dataDir: folder, env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  return { code, text };
};

describe("the environment", () => {
  test("with everything wrong at once is answered by one message that names everything, and exit 64", async () => {
    const { code, text } = await runToEnd({
      SESSION_ID: "a b",
      PREFIX: "word",
      TZ: "Mars/Olympus",
      OWNER_NUMBER: "abc",
      PAIRING_NUMBER: "12",
      DATABASE_URL: "mysql://user:hunter2hunter2@host/x",
      SESSION_ENCRYPTION_KEY: "too-short-to-be-safe",
      PORT: "70000",
      HEALTH_CHECK_PORT: "no",
      ENABLE_HEALTH_CHECK: "perhaps",
      ADMIN_TOKEN: "short",
      BACKUP_INTERVAL: "-1",
      CONNECTION_CHECK_INTERVAL: "soon",
      RECONNECT_INITIAL_DELAY: "9000",
      RECONNECT_MAX_DELAY: "100",
      QUIET_HOURS: "25-99",
      MEMORY_CLEANUP_THRESHOLD: "90",
      MEMORY_EMERGENCY_THRESHOLD: "80",
      OWNER_NOTICES: "loud",
      WHATSAPP_WS_URL: "http://example",
      WHATSAPP_ROOT_KEY: "zz",
    });
    expect(code).toBe(64);
    const named = [
      "SESSION_ID",
      "PREFIX",
      "TZ",
      "OWNER_NUMBER",
      "PAIRING_NUMBER",
      "DATABASE_URL",
      "SESSION_ENCRYPTION_KEY",
    ];
    named.push("PORT", "HEALTH_CHECK_PORT", "ENABLE_HEALTH_CHECK", "ADMIN_TOKEN", "BACKUP_INTERVAL", "QUIET_HOURS");
    named.push("CONNECTION_CHECK_INTERVAL", "RECONNECT_INITIAL_DELAY", "MEMORY_CLEANUP_THRESHOLD", "OWNER_NOTICES");
    for (const name of [...named, "WHATSAPP_WS_URL", "WHATSAPP_ROOT_KEY"])
      expect(text).toMatch(new RegExp(`^${name}\\b`, "m"));
    for (const secret of ["hunter2hunter2", "too-short-to-be-safe"]) expect(text).not.toContain(secret);
  });
});

describe("the place", () => {
  test("whose port is taken is refused by its name, with exit 64", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    const { code, text } = await runToEnd({ PORT: String(port) });
    squatter.close();
    expect(code).toBe(64);
    expect(text).toContain(`Port ${String(port)} (PORT) is in use`);
  });

  test("whose DATA_DIR cannot be written to is refused, with exit 64", async () => {
    const folder = mkdtempSync(join(tmpdir(), "blacksky-bad-"));
    writeFileSync(join(folder, "file"), "");
    const { code, text } = await runToEnd({}, join(folder, "file", "data"));
    rmSync(folder, { recursive: true });
    expect(code).toBe(64);
    expect(text).toMatch(/DATA_DIR .* cannot be written to/);
  });
});

describe("with a world around", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  test("a second runner on the same DATA_DIR is refused, and the first goes on", async () => {
    const home = await world.createHome();
    const first = await home.start();
    await first.waitForPairing("qr");
    const { code, text } = await runToEnd({}, home.dataDir);
    expect(code).toBe(64);
    expect(text).toContain(`Another runner (pid ${String(first.pid)})`);
    expect((await first.health()).workers.bot.state).toBe("running");
    await first.stop();
  });

  test.each([
    ["a wrong password", (url: URL): void => void (url.password = "wrong-password"), /password|authentication/i],
    ["a database that does not exist", (url: URL): void => void (url.pathname = "/nowhere"), /does not exist/i],
  ])("%s is told in words, and no new identity is made", async (_what, spoil, words) => {
    const home = await world.createHome();
    const url = new URL(home.databaseUrl);
    spoil(url);
    const { code, text } = await runToEnd({ DATABASE_URL: url.href }, home.dataDir);
    expect([64, 75]).toContain(code);
    expect(text).toMatch(words);
    expect(text).not.toContain("wrong-password");
    expect(readdirSync(home.dataDir)).not.toContain("store");
  });

  test("a truncated store is put aside and restored from PostgreSQL, without a new pairing", async () => {
    const home = await world.createHome();
    const tree = await home.startPaired();
    await world.owner.ask(BOT_PHONE, ".ping", 15_000);
    await tree.stop();

    const largest = findLargestFile(join(home.dataDir, "store"));
    truncateSync(largest, TORN_BYTES);
    const again = await home.start();
    await again.waitUntilOpen();
    expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
    expect(world.simulator.ledger()).toMatchObject({ pairings: 1, retryReceipts: 0 });
    expect(again.output()).toMatch(/truncated/i);
    await again.stop();
  });

  test("a truncated store without a database to restore from stops everything, and touches nothing", async () => {
    const home = await world.createHome();
    const tree = await home.startPaired();
    await tree.stop();
    const largest = findLargestFile(join(home.dataDir, "store"));
    truncateSync(largest, TORN_BYTES);
    const content = readFileSync(largest);

    const blind = await home.start({ env: { DATABASE_URL: "postgres://nobody:x@127.0.0.1:1/none" } });
    const told = (): boolean => /local store is damaged/.test(blind.output()) && /Nothing listens/.test(blind.output());
    await waitFor("it is told", () => (told() ? true : undefined), 20_000);
    expect((await blind.health()).workers).toMatchObject({ bot: { pid: null }, backup: { state: "starting" } });
    expect(await blind.pairing()).toEqual({ state: "none" });
    await blind.stop();
    expect(readFileSync(findLargestFile(home.dataDir)).equals(content)).toBe(true);
  });
});

/** The biggest file below a folder, which for a store is its data. */
const findLargestFile = (folder: string): string => {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sized = files.map(({ parentPath, name }) => ({
    path: join(parentPath, name),
    size: statSync(join(parentPath, name)).size,
  }));
  const largest = sized.toSorted((a, b) => b.size - a.size)[0];
  if (largest === undefined) throw new Error(`There is no file below ${folder}.`);
  return largest.path;
};
