import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { BufferJSON, Curve, initAuthCreds, proto } from "@whiskeysockets/baileys";
import type { SignalDataSet } from "@whiskeysockets/baileys";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";
import { archiveSession, COMPANION_KIND, createAuthState, KEY_KINDS, loadCreds } from "./index.ts";
import { makeDirectory, openFreshStore } from "./testing/party.ts";

let directory: ReturnType<typeof makeDirectory>;
let store: Store;
const path = (): string => join(directory.path, "store");
const reopen = async (): Promise<Store> => {
  await store.close();
  store = openStore({ path: path() });
  return store;
};
const json = (value: unknown): Buffer => Buffer.from(`\u0001${JSON.stringify(value, BufferJSON.replacer)}`);

beforeEach(() => {
  directory = makeDirectory();
  store = openFreshStore(path());
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

describe("a new identity", () => {
  test("is made in an empty store of fresh origin, and kept at once", async () => {
    const { state, registered } = createAuthState(store);
    expect(registered).toBe(false);
    const again = createAuthState(await reopen());
    expect(again.state.creds.noiseKey).toEqual({
      public: Buffer.from(state.creds.noiseKey.public),
      private: Buffer.from(state.creds.noiseKey.private),
    });
  });

  test.each([[undefined], ["restored"], ["anything"]])("is refused in an empty store of origin %s", (origin) => {
    store.meta.set("origin", origin);
    expect(() => createAuthState(store)).toThrow(expect.objectContaining({ code: "session.notRestored" }));
    expect(store.position).toBe(0);
  });

  test("is refused where Signal keys lie without their credentials", async () => {
    await store.write([{ key: "session/pre-key/1", value: json({}) }]);
    expect(() => createAuthState(store)).toThrow(expect.objectContaining({ code: "session.credsMissing" }));
  });
});

describe("credentials", () => {
  test("come back as they were saved last", async () => {
    const { state, saveCreds } = createAuthState(store);
    const me = { id: "12025550100:7@s.whatsapp.net", lid: "998877:7@lid", name: "Bot" };
    const account = { details: Buffer.from("details"), accountSignature: Buffer.alloc(64, 1) };
    Object.assign(state.creds, { me, account, nextPreKeyId: 813, routingInfo: Buffer.from([1, 2]) });
    await saveCreds();
    const again = createAuthState(await reopen());
    expect(again.registered).toBe(true);
    expect(again.state.creds).toMatchObject({ me, account, nextPreKeyId: 813, routingInfo: Buffer.from([1, 2]) });
    expect(loadCreds(store)).toEqual(again.state.creds);
  });

  test.each([
    ["are no JSON", Buffer.from('\u0001{"noiseKey":')],
    ["are empty", Buffer.alloc(0)],
    ["have an unknown format", Buffer.from([9, 9])],
    ["are null", json(null)],
    ["lack a key", json({ ...initAuthCreds(), noiseKey: undefined })],
    [
      "hold half a key",
      json({ ...initAuthCreds(), signedIdentityKey: { public: Buffer.alloc(32), private: Buffer.alloc(5) } }),
    ],
    ["lack their number", json({ ...initAuthCreds(), registrationId: undefined })],
  ])("that %s are an error, never a reason for new ones", async (_, value) => {
    await store.write([{ key: "session/creds", value }]);
    expect(() => createAuthState(store)).toThrow(expect.objectContaining({ code: "session.credsCorrupt" }));
    expect(() => loadCreds(store)).toThrow(expect.objectContaining({ code: "session.credsCorrupt" }));
    expect(store.get("session/creds")).toEqual(new Uint8Array(value));
  });

  test("are unknown, not damaged, in an empty store", () => {
    expect(loadCreds(store)).toBeUndefined();
  });
});

describe("a session put aside", () => {
  test("is kept under its label, and makes room for a new identity", async () => {
    const { state } = createAuthState(store);
    await state.keys.set({ "device-list": { "1": ["0"] } });
    store.meta.set("origin", "restored");
    const creds = store.get("session/creds");
    expect(archiveSession(store, "2026-01-02-logged-out")).toBe(2);
    expect(store.count("session/")).toBe(0);
    expect(store.get("archive/2026-01-02-logged-out/session/creds")).toEqual(creds);
    expect(createAuthState(store).state.creds.noiseKey).not.toEqual(state.creds.noiseKey);
  });
});

describe("keys", () => {
  const data: Required<SignalDataSet> = {
    "pre-key": { 1: Curve.generateKeyPair() },
    session: { "12025550101.0": Buffer.from("session") },
    "sender-key": { "1@g.us::12025550101::0": Buffer.from("[]") },
    "sender-key-memory": { "1@g.us": { "12025550101:3@s.whatsapp.net": true } },
    "app-state-sync-key": {
      AAAA: proto.Message.AppStateSyncKeyData.create({ keyData: Buffer.alloc(32, 7), timestamp: 5 }),
    },
    "app-state-sync-version": {
      regular: { version: 3, hash: Buffer.alloc(128), indexValueMap: { "aGk=": { valueMac: Buffer.alloc(32, 1) } } },
    },
    "lid-mapping": { "12025550101": "998877", "998877_reverse": "12025550101" },
    "device-list": { "12025550101": ["0", "7"] },
    tctoken: { "1@lid": { token: Buffer.from([1, 2, 3]), timestamp: "17" } },
    "identity-key": { "12025550101.0": new Uint8Array(33).fill(5) },
  };

  test("of every kind come back after a restart, all written in one transaction", async () => {
    const { state } = createAuthState(store);
    await state.keys.set(data);
    expect(store.position).toBe(12);
    const { keys } = createAuthState(await reopen()).state;
    for (const kind of KEY_KINDS) {
      const written = JSON.parse(JSON.stringify(data[kind], BufferJSON.replacer));
      const read = await keys.get(kind, [...Object.keys(data[kind]), "absent"]);
      expect(JSON.parse(JSON.stringify(read, BufferJSON.replacer))).toEqual(written);
    }
    const { AAAA: appStateKey } = await keys.get("app-state-sync-key", ["AAAA"]);
    expect(appStateKey).toBeInstanceOf(proto.Message.AppStateSyncKeyData);
    expect(Buffer.from(appStateKey?.keyData ?? "")).toEqual(Buffer.alloc(32, 7));
  });

  test("are deleted by null", async () => {
    const { keys } = createAuthState(store).state;
    await keys.set(data);
    await keys.set({ "pre-key": { 1: null }, "lid-mapping": { "12025550101": null } });
    expect(await keys.get("pre-key", ["1"])).toEqual({});
    expect(store.count("session/")).toBe(10);
  });

  test("are written as they were when asked to, whatever happens to them afterwards", async () => {
    const { keys } = createAuthState(store).state;
    const devices = ["0"];
    const written = keys.set({ "device-list": { "1": devices } });
    devices.push("7");
    await written;
    expect(await keys.get("device-list", ["1"])).toEqual({ "1": ["0"] });
  });

  test("that cannot be read raise an error that names the kind and quotes nothing", async () => {
    const lines: unknown[] = [];
    const log = { error: (...line: unknown[]) => lines.push(line) };
    const { keys } = createAuthState(store, { log }).state;
    await store.write([{ key: "session/session/12025550101.0", value: Buffer.from("\u0001{secret") }]);
    const error: unknown = await Promise.resolve()
      .then(() => keys.get("session", ["12025550101.0"]))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "session.recordCorrupt", message: expect.not.stringMatching(/1202|secret/) });
    expect(error).not.toHaveProperty("cause");
    expect(lines).toHaveLength(1);
    await expect(keys.set({ "sender-key": { "1@g.us::2::0": Buffer.from("no json") } })).rejects.toMatchObject({
      code: "session.recordCorrupt",
    });
  });

  test("of a kind that Baileys does not have are refused", async () => {
    const { keys } = createAuthState(store).state;
    const unknown: object = { "new-kind": { 1: "x" } };
    await expect(keys.set(unknown)).rejects.toMatchObject({ code: "session.unknownKind" });
  });
});

describe("records that go with keys", () => {
  test("are committed in one transaction with them, under their own whole keys", async () => {
    const { state } = createAuthState(store);
    const before = store.position;
    const changes = { "identity-key": { "1.0": Buffer.from("k") }, [COMPANION_KIND]: { "inbox/a": Buffer.from("a") } };
    await state.keys.set(changes);
    expect(
      store
        .changesSince(before, 10)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(["inbox/a", "session/identity-key/1.0"]);
    expect(Buffer.from(store.get("inbox/a") ?? []).toString()).toBe("a");
    await state.keys.set({ [COMPANION_KIND]: { "inbox/a": null } } as SignalDataSet);
    expect(store.get("inbox/a")).toBeUndefined();
  });

  test.each([{ "session/creds": Buffer.from("x") }, { "inbox/a": "text" }])(
    "are no way around: %j",
    async (companions) => {
      const { state } = createAuthState(store);
      const set = state.keys.set({ [COMPANION_KIND]: companions } as unknown as SignalDataSet);
      await expect(set).rejects.toMatchObject({ code: "session.unknownKind" });
    },
  );
});
