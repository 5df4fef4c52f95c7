import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";
import { BufferJSON, useMultiFileAuthState } from "@whiskeysockets/baileys";
import type { SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";
import { createAuthState } from "../auth-state.ts";
import { KEY_KINDS } from "../kinds.ts";
import { hardKeys, linkedCreds, linkSession, senderKeyRecord } from "../testing/linked-session.ts";
import { makeDirectory, openFreshStore } from "../testing/party.ts";
import { fileNameOf, parseFileName } from "./file-name.ts";
import { readFolder } from "./read-folder.ts";
import { writeFolder } from "./write-folder.ts";

let directory: ReturnType<typeof makeDirectory>;
let store: Store;
const at = (name: string): string => join(directory.path, name);

beforeEach(() => {
  directory = makeDirectory();
  store = openFreshStore(at("store"));
});
afterEach(async () => {
  await store.close();
  directory.remove();
});

const writtenByBaileys = async (folder: string): Promise<void> => {
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  Object.assign(state.creds, linkedCreds());
  await saveCreds();
  await state.keys.set(hardKeys());
};

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, BufferJSON.replacer));

const readAll = async (keys: SignalKeyStore): Promise<unknown> => {
  const all: Record<string, unknown> = {};
  const wanted = hardKeys();
  for (const kind of KEY_KINDS) {
    all[kind] = await keys.get(kind satisfies keyof SignalDataTypeMap, Object.keys(wanted[kind]));
  }
  return plain(all);
};

const importFolder = async (folder: string): Promise<Store> => {
  const imported = openStore({ path: at("imported") });
  await imported.restore(readFolder(folder).records, 1);
  return imported;
};

test("a folder that Baileys wrote is read back as Baileys reads it", async () => {
  await writtenByBaileys(at("auth"));
  const theirs = (await useMultiFileAuthState(at("auth"))).state;
  const imported = await importFolder(at("auth"));
  const ours = createAuthState(imported).state;
  expect(await readAll(ours.keys)).toEqual(await readAll(theirs.keys));
  expect(plain(ours.creds)).toEqual(plain(theirs.creds));
  expect(imported.count("")).toBe(readdirSync(at("auth")).length);
  await imported.close();
});

test("a folder that we wrote is read by Baileys as we read the store", async () => {
  await linkSession(store);
  expect(writeFolder(store, at("auth"))).toBe(store.count("session/"));
  const ours = createAuthState(store).state;
  const theirs = (await useMultiFileAuthState(at("auth"))).state;
  expect(await readAll(theirs.keys)).toEqual(await readAll(ours.keys));
  expect(plain(theirs.creds)).toEqual(plain(ours.creds));
});

test("a folder that went in and out again has the same files with the same bytes", async () => {
  await writtenByBaileys(at("auth"));
  const imported = await importFolder(at("auth"));
  writeFolder(imported, at("out"));
  await imported.close();
  const files = readdirSync(at("auth")).toSorted();
  expect(readdirSync(at("out")).toSorted()).toEqual(files);
  for (const name of files) {
    const [before, after] = [at("auth"), at("out")].map((folder) => readFileSync(join(folder, name), "utf8"));
    expect(JSON.parse(after ?? "")).toEqual(JSON.parse(before ?? ""));
  }
  expect(statSync(at("out")).mode & 0o777).toBe(0o700);
  expect(statSync(join(at("out"), "creds.json")).mode & 0o777).toBe(0o600);
});

test("a sender key that an older Baileys wrote as a list of states is the same key", async () => {
  await writtenByBaileys(at("auth"));
  const file = join(at("auth"), fileNameOf("sender-key", "120363000000000000@g.us::998877_1::12"));
  writeFileSync(file, senderKeyRecord());
  const imported = await importFolder(at("auth"));
  const { keys } = createAuthState(imported).state;
  const [record] = Object.values(await keys.get("sender-key", ["120363000000000000@g.us::998877_1::12"]));
  expect(JSON.parse(Buffer.from(record ?? []).toString())).toEqual(JSON.parse(senderKeyRecord().toString()));
  await imported.close();
});

test("file names of every kind lead back to their keys, others to none", () => {
  for (const kind of KEY_KINDS) {
    for (const id of Object.keys(hardKeys()[kind])) expect(parseFileName(fileNameOf(kind, id))).toEqual({ kind, id });
  }
  for (const name of ["creds.json", "session-.json", "new-kind-1.json", "session-1.0", "app-state-sync-key-a:b.json"]) {
    expect(parseFileName(name)).toBeUndefined();
  }
});

describe("a folder is refused, naming nothing but the kind, when", () => {
  test.each([
    ["it has no creds", "creds.json", undefined],
    ["its creds are torn", "creds.json", '{"noiseKey":{"private"'],
    ["its creds are not complete", "creds.json", JSON.stringify({ registrationId: 5 })],
    ["a key is torn", "session-12025550101.0.json", '{"type":"Buf'],
    ["a key is empty", "session-12025550101.0.json", ""],
    ["a key is null", "pre-key-1.json", "null"],
    ["a sender key is none", "sender-key-1@g.us--12025550101--0.json", JSON.stringify("12025550101")],
    ["a kind is not known", "new-kind-12025550101.json", "{}"],
  ])("%s", async (_, name, content) => {
    await writtenByBaileys(at("auth"));
    const file = join(at("auth"), name);
    if (content === undefined) directory.remove();
    else writeFileSync(file, content);
    const error: unknown = await importFolder(at("auth")).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "session.importRefused", message: expect.not.stringMatching(/1202/) });
  });

  test("nobody is linked", async () => {
    const { saveCreds } = await useMultiFileAuthState(at("auth"));
    await saveCreds();
    expect(() => readFolder(at("auth"))).toThrow(expect.objectContaining({ code: "session.importRefused" }));
  });
});

test("damaged key files are left out when that is wanted, and counted; damaged creds never are", async () => {
  await writtenByBaileys(at("auth"));
  const whole = readdirSync(at("auth")).length;
  writeFileSync(join(at("auth"), "session-12025550101.0.json"), "");
  writeFileSync(join(at("auth"), "new-kind-12025550101.json"), "{}");
  const imported = openStore({ path: at("imported") });
  const { records, warnings } = readFolder(at("auth"), { withoutDamaged: true });
  await imported.restore(records, 1);
  expect(imported.count("")).toBe(whole - 1);
  expect(warnings.at(-1)).toMatch(/^2 damaged/);
  await imported.close();
  writeFileSync(join(at("auth"), "creds.json"), "");
  expect(() => readFolder(at("auth"), { withoutDamaged: true })).toThrow(
    expect.objectContaining({ code: "session.importRefused" }),
  );
});

test("nothing is written over, and nothing is left of a folder that could not be written whole", async () => {
  await linkSession(store);
  writeFileSync(at("taken"), "mine");
  expect(() => writeFolder(store, at("taken"))).toThrow(expect.objectContaining({ code: "session.exportRefused" }));
  expect(readFileSync(at("taken"), "utf8")).toBe("mine");
  await store.write([{ key: "session/tctoken/1", value: Buffer.from("\u0001{torn") }]);
  expect(() => writeFolder(store, at("auth"))).toThrow(expect.objectContaining({ code: "session.recordCorrupt" }));
  expect(readdirSync(directory.path).toSorted()).toEqual(["store", "taken"]);
});
