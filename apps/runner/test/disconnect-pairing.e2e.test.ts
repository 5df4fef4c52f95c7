import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADMIN_TOKEN, createWorld, waitFor, type Home, type Tree, type World } from "@blacksky/harness";

const DEADLINE_MS = 30_000;
const INITIAL_DELAY_MS = 200;

let world: World;
let home: Home;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const start = async (env: Record<string, string> = {}): Promise<Tree> => {
  home = await world.createHome();
  return home.start({ env: { RECONNECT_INITIAL_DELAY: String(INITIAL_DELAY_MS), ...env } });
};

/** When clients that want to be linked came, from now on. */
const watchArrivals = (): readonly number[] => {
  const arrivals: number[] = [];
  world.simulator.on("pairing.started", ({ at }) => void arrivals.push(at));
  return arrivals;
};

describe("a bot that nobody links", () => {
  test("takes longer and longer over new QR codes (408), then makes none until somebody opens the page", async () => {
    world.simulator.faults.qrRefs(0);
    const arrivals = watchArrivals();
    const tree = await start();
    await waitFor("it came five times", () => arrivals.length >= 5 || undefined, DEADLINE_MS);
    expect((await tree.health()).connection.lastDisconnect).toMatchObject({ code: 408 });
    const pauses = arrivals.slice(1, 5).map((at, index) => at - (arrivals[index] ?? 0));
    // Half of each pause is left to chance.
    pauses.forEach((pause, round) => expect(pause).toBeGreaterThanOrEqual((INITIAL_DELAY_MS / 2) * 2 ** round));
    await waitFor("it says so", () => tree.output().includes("until somebody opens /pair") || undefined, DEADLINE_MS);
    expect(arrivals).toHaveLength(5);
    world.simulator.faults.qrRefs(6);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    expect(await (await fetch(`${tree.url}/pair`, { headers })).text()).toContain("Show a new code");
    await waitFor("it came once more", () => arrivals.length === 6 || undefined, DEADLINE_MS);
    await home.pair(tree);
    await tree.stop();
    expect(await home.readArchive()).toEqual([]);
  });

  test("by code gets a new one when the old one has expired, and is never refused as logged out", async () => {
    const phone = "4915550000011";
    const account = await world.simulator.addAccount({ phone, name: "By code" });
    const { rejectedLogins } = world.simulator.ledger();
    const tree = await start({ PAIRING_NUMBER: phone });
    const { code: old } = await tree.waitForPairing("code");
    expect(world.simulator.faults.expirePairings()).toBe(1);
    const code = await waitFor(
      "another code is shown",
      async () => {
        const shown = await tree.pairing();
        return shown.state === "code" && shown.code !== old ? shown.code : undefined;
      },
      DEADLINE_MS,
    );
    await account.enterPairingCode(code);
    await tree.waitUntilOpen();
    expect(world.simulator.ledger().rejectedLogins).toBe(rejectedLogins);
    await tree.stop();
  });

  test("whose client is outdated (405) tries once, then waits for minutes", async () => {
    const { rejectedLogins } = world.simulator.ledger();
    world.simulator.faults.refuseLogin(undefined, { reason: 405 });
    const tree = await start();
    await tree.waitForHealth(
      "it pauses after 405",
      ({ connection: { state, lastDisconnect } }) => state === "backing-off" && lastDisconnect?.code === 405,
    );
    await tree.stop();
    expect(world.simulator.ledger().rejectedLogins).toBe(rejectedLogins + 1);
    world.simulator.faults.refuseLogin(undefined, undefined);
  });
});
