import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BOT_PHONE, createWorld, type World } from "@blacksky/harness";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

describe("a new bot", () => {
  test("is paired by QR, once, and answers people by phone number, by LID and in a group", async () => {
    const home = await world.createHome();
    const tree = await home.startPaired();

    const answer = await world.owner.ask(BOT_PHONE, ".ping", 15_000);
    expect(answer.text).toMatch(/pong/i);
    expect((await world.friend.ask(BOT_PHONE, ".ping", 15_000)).text).toMatch(/pong/i);

    const group = await world.simulator.addGroup({
      subject: "Friends",
      members: [BOT_PHONE, world.owner.phone, world.friend.phone],
    });
    const inGroup = await world.friend.ask(group.id, ".ping", 15_000);
    expect(inGroup).toMatchObject({ chat: group.id, text: expect.stringMatching(/pong/i) });

    const health = await tree.waitForHealth("all is well", ({ status }) => status === "ok");
    expect(health.session).toMatchObject({ paired: true, lease: { held: true } });
    expect((await fetch(`${tree.url}/ready`)).status).toBe(200);
    expect(await tree.pairing()).toEqual({ state: "paired" });
    expect(world.simulator.ledger()).toMatchObject({ pairings: 1, unhandled: {} });
    await tree.stop();
    expect(await tree.exited).toEqual({ code: 0, signal: null });
  });

  test("is paired by a code for its number", async () => {
    const home = await world.createHome();
    const phone = "4915550000009";
    const account = await world.simulator.addAccount({ phone, name: "Second bot" });
    const tree = await home.start({ env: { PAIRING_NUMBER: `+${phone}` } });
    const { code } = await tree.waitForPairing("code");
    expect(code).toMatch(/^[1-9A-Z]{8}$/);
    await account.enterPairingCode(code);
    await tree.waitUntilOpen();
    expect((await world.owner.ask(phone, ".ping", 15_000)).text).toMatch(/pong/i);
    await tree.stop();
  });

  test("shows its QR to nobody without the token, and never in the log", async () => {
    const home = await world.createHome();
    const tree = await home.start();
    const { qr } = await tree.waitForPairing("qr");
    const stranger = await fetch(`${tree.url}/api/pairing`);
    expect(stranger.status).toBe(401);
    expect((await fetch(`${tree.monitorsUrl}/api/pairing`)).status).toBe(404);
    expect((await tree.health()).connection.state).toBe("pairing");
    for (const secret of qr.split("#").at(-1)?.split(",") ?? []) {
      if (secret.length > 8) expect(tree.output()).not.toContain(secret);
    }
    await tree.stop();
  });
});
