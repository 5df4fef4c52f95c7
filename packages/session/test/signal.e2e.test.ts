import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { makeDirectory, openParty } from "../src/testing/party.ts";
import type { Party } from "../src/testing/party.ts";

const ALICE = "12025550100:7@s.whatsapp.net";
const BOB = "12025550101@s.whatsapp.net";
const CAROL = "12025550102@s.whatsapp.net";
const GROUP = "120363000000000000@g.us";

let directory: ReturnType<typeof makeDirectory>;
const parties: Party[] = [];
const open = async (jid: string, lid?: string): Promise<Party> => {
  const party = await openParty(join(directory.path, jid.split("@")[0] ?? ""), jid, lid);
  parties.push(party);
  return party;
};
const restart = async (party: Party, lid?: string): Promise<Party> => {
  await party.close();
  return open(party.jid, lid);
};

beforeEach(() => {
  directory = makeDirectory();
  // libsignal prints sessions, private keys included.
  for (const method of ["log", "info", "warn", "error"] as const) jest.spyOn(console, method).mockReturnValue();
});

afterEach(async () => {
  await Promise.all(parties.splice(0).map((party) => party.close()));
  directory.remove();
  jest.restoreAllMocks();
});

describe("two people", () => {
  test("understand each other although both restart between the messages", async () => {
    let alice = await open(ALICE);
    let bob = await open(BOB);
    await alice.repository.injectE2ESession({ jid: BOB, session: await bob.bundle(1) });
    const types: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const [from, to] = round % 2 === 0 ? [alice, bob] : [bob, alice];
      const { type, ciphertext } = await from.repository.encryptMessage({
        jid: to.jid,
        data: Buffer.from(`round ${round}`),
      });
      types.push(type);
      alice = await restart(alice);
      bob = await restart(bob);
      const receiver = to.jid === ALICE ? alice : bob;
      const plain = await receiver.repository.decryptMessage({ jid: from.jid, type, ciphertext });
      expect(Buffer.from(plain).toString()).toBe(`round ${round}`);
    }
    expect(types).toEqual(["pkmsg", "msg", "msg", "msg", "msg", "msg"]);
    expect([...bob.store.keys("session/pre-key/")]).toEqual([]);
  });

  test("are one commit per message", async () => {
    const [alice, bob] = [await open(ALICE), await open(BOB)];
    await alice.repository.injectE2ESession({ jid: BOB, session: await bob.bundle(1) });
    const before = alice.store.position;
    await alice.repository.encryptMessage({ jid: BOB, data: Buffer.from("hello") });
    expect(alice.store.changesSince(before, 10)).toHaveLength(1);
  });
});

describe("a group", () => {
  const say = (sender: Party, text: string, meId = sender.jid) =>
    sender.repository.encryptGroupMessage({ group: GROUP, meId, data: Buffer.from(text) });
  const learn = (member: Party, distribution: Uint8Array, authorJid: string) =>
    member.repository.processSenderKeyDistributionMessage({
      item: { groupId: GROUP, axolotlSenderKeyDistributionMessage: distribution },
      authorJid,
    });
  const hear = async (member: Party, msg: Uint8Array, authorJid: string): Promise<string> =>
    Buffer.from(await member.repository.decryptGroupMessage({ group: GROUP, authorJid, msg })).toString();

  test("reads messages out of order, also after a restart in between", async () => {
    const alice = await open(ALICE);
    let bob = await open(BOB);
    const texts = ["first", "second", "third", "fourth"];
    const said = [];
    for (const text of texts) said.push(await say(alice, text));
    await learn(bob, said[0]?.senderKeyDistributionMessage ?? new Uint8Array(), ALICE);
    const heard: Record<number, string> = {};
    for (const at of [3, 0, 2, 1]) {
      heard[at] = await hear(bob, said[at]?.ciphertext ?? new Uint8Array(), ALICE);
      bob = await restart(bob);
    }
    expect(Object.values(heard)).toEqual(texts);
  });

  test.each([
    ["its number", ALICE, undefined],
    ["its LID", "998877:7@lid", "998877:7@lid"],
  ])("keeps the bot's own record small under %s, while old and new members read on", async (_, meId, lid) => {
    let alice = await open(ALICE, lid);
    const [bob, carol] = [await open(BOB), await open(CAROL)];
    const first = await say(alice, "message 0", meId);
    await learn(bob, first.senderKeyDistributionMessage, meId);
    expect(await hear(bob, first.ciphertext, meId)).toBe("message 0");
    for (let at = 1; at <= 12; at += 1) {
      const { ciphertext } = await say(alice, `message ${at}`, meId);
      if (at % 4 === 0) expect(await hear(bob, ciphertext, meId)).toBe(`message ${at}`);
    }
    const [own] = [...alice.store.entries("session/sender-key/")];
    expect(own?.value.byteLength).toBeLessThan(600);
    alice = await restart(alice, lid);
    const { ciphertext, senderKeyDistributionMessage } = await say(alice, "after", meId);
    await learn(carol, senderKeyDistributionMessage, meId);
    expect([await hear(bob, ciphertext, meId), await hear(carol, ciphertext, meId)]).toEqual(["after", "after"]);
    const next = await say(alice, "next", meId);
    expect([await hear(carol, next.ciphertext, meId), await hear(bob, next.ciphertext, meId)]).toEqual([
      "next",
      "next",
    ]);
  });
});
