import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADMIN_TOKEN, BOT_PHONE, createWorld, type World } from "@blacksky/harness";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const takeSnapshot = (url: string, token: string): Promise<Response> =>
  fetch(`${url}/api/actions/backup`, { method: "POST", headers: { authorization: `Bearer ${token}` } });

describe("a snapshot ordered over HTTP", () => {
  test("brings the bot back, paired, when disk and replica are lost", async () => {
    const home = await world.createHome();
    const tree = await home.startPaired();
    expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
    expect((await takeSnapshot(tree.url, "another")).status).toBe(401);
    const reply = await takeSnapshot(tree.url, ADMIN_TOKEN);
    expect(reply.status).toBe(202);
    expect(await reply.json()).toEqual({ id: expect.stringMatching(/^\d{4}-[\dT-]+Z-[\da-f]{8}$/) });
    const taken = await tree.waitForHealth("it is told", ({ session }) => session.lastSnapshotAt !== null);
    expect(taken.session.restoredFrom).toBe("fresh");
    await tree.stop();

    home.wipeDisk();
    await home.damageReplica();
    const next = await home.start();
    await next.waitUntilOpen();
    const { session } = await next.health();
    expect(session).toMatchObject({ paired: true, restoredFrom: "snapshot", restoredAgeMs: expect.any(Number) });
    expect((await world.owner.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);
    expect(world.simulator.ledger()).toMatchObject({ pairings: 1 });
    await next.stop();
    expect(await next.exited).toEqual({ code: 0, signal: null });
  });
});
