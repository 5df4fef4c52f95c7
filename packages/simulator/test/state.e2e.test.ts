import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startSimulator } from "../src/index.ts";
import { Bot, pairByQr } from "./support/bot.ts";

const OWNER = "4915550001";
const ADA = "4915550002";
const DEADLINE_MS = 10_000;

let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "simulator-"));
});

afterEach(async () => {
  await rm(stateDir, { recursive: true, force: true });
});

test("a restart keeps the root key, pairing, people, sessions, queue and ledger", async () => {
  const first = await startSimulator({ stateDir, prekeyCount: 1 });
  const bot = await pairByQr(first, OWNER, new Bot(first));
  bot.answer = (text) => `echo ${text}`;
  const ada = await first.addPerson({ phone: ADA, addressing: "lid" });
  const group = await first.addGroup({ subject: "Both", members: [ADA, OWNER] });
  await ada.ask(OWNER, "one", DEADLINE_MS);
  await ada.ask(group.id, "in the group", DEADLINE_MS);
  await bot.stop();
  await ada.say(OWNER, "while both are away");
  await first.stop();

  const second = await startSimulator({ stateDir, port: Number(new URL(first.url).port) });
  expect(second).toMatchObject({ rootKey: first.rootKey, url: first.url });
  expect(second.groups).toEqual([group]);
  const adaAgain = await second.addPerson({ phone: ADA });
  await bot.reopen();
  await adaAgain.waitForMessage(/echo while both are away/, DEADLINE_MS);
  expect((await adaAgain.ask(OWNER, "two", DEADLINE_MS)).text).toBe("echo two");
  expect((await adaAgain.ask(group.id, "again", DEADLINE_MS)).text).toBe("echo again");
  expect(second.ledger()).toMatchObject({ pairings: 1, logins: 2, retryReceipts: 0, unhandled: {} });
  await bot.stop();
  await second.stop();
  expect(await readdir(stateDir)).toEqual(["simulator.json"]);
});

test("a damaged state file is an error, not a new world", async () => {
  await writeFile(join(stateDir, "simulator.json"), '{"schemaVersion":1,"rootKey"');
  await expect(startSimulator({ stateDir })).rejects.toMatchObject({ code: "simulator.state-corrupt" });
});
