import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "@blacksky/store";
import type { StoredRecord } from "@blacksky/store";
import { BufferJSON } from "@whiskeysockets/baileys";
import { createAuthState } from "../auth-state.ts";
import { inspectSession } from "../inspect.ts";
import { markMoved } from "../moved.ts";
import { IMPORTED_META, ORIGIN_META } from "../origin.ts";
import { dump, linkedCreds, linkSession } from "../testing/linked-session.ts";
import { makeDirectory, openFreshStore } from "../testing/party.ts";
import { installSession, type InstalledSession } from "./install-session.ts";
import { readCredsString } from "./read-creds-string.ts";
import type { SessionSource } from "./session-source.ts";

const AT = new Date("2026-01-02T03:04:05Z");
let directory: ReturnType<typeof makeDirectory>;
const path = (): string => join(directory.path, "BOT");

beforeEach(() => {
  directory = makeDirectory();
});
afterEach(() => directory.remove());

const source = (more: Partial<SessionSource> = {}): SessionSource => ({
  ...readCredsString(JSON.stringify(linkedCreds(), BufferJSON.replacer)),
  ...more,
});
const install = (more: Partial<SessionSource> = {}, force = false): Promise<InstalledSession> =>
  installSession({ path: path(), source: source(more), force, at: AT });

const makePresent = async (): Promise<Record<string, string>> => {
  const store = openFreshStore(path());
  await linkSession(store);
  const content = dump(store);
  await store.close();
  return content;
};
const readPresent = async (at = path()): Promise<Record<string, string>> => {
  const store = openStore({ path: at, readOnly: true });
  const content = dump(store);
  await store.close();
  return content;
};
const refused = expect.objectContaining({ code: "session.importRefused" });

describe("an import", () => {
  test("makes a store that Baileys goes on with, and that says where it comes from", async () => {
    expect(await install()).toMatchObject({ records: 1, archivedTo: undefined });
    const store = openStore({ path: path() });
    expect(createAuthState(store).registered).toBe(true);
    expect(store.meta.get(ORIGIN_META)).toBe("imported");
    expect(store.meta.get(IMPORTED_META)).toBe("Infinity");
    expect(store.meta.get("restored.tail")).toBe("unknown");
    expect(store.trimmedPosition).toBe(store.position);
    await store.close();
  });

  test("of a bundle is beyond its own history, and remembers it", async () => {
    const { position } = await install({ format: "bundle", position: 120, replicaId: "replica-1" });
    expect(position).toBeGreaterThan(120);
    const store = openStore({ path: path(), readOnly: true });
    expect(store.meta.get(IMPORTED_META)).toBe("120");
    expect(store.meta.get("restored.tail")).toBe("complete");
    expect(store.meta.get("replica.id")).toBe("replica-1");
    await store.close();
  });

  test("puts nothing aside that is linked, unless it is forced; then it is kept", async () => {
    const present = await makePresent();
    await expect(install()).rejects.toEqual(refused);
    expect(await readPresent()).toEqual(present);
    expect(readdirSync(directory.path)).toEqual(["BOT"]);

    const { archivedTo = "", position } = await install({}, true);
    expect(await readPresent(archivedTo)).toEqual(present);
    expect(position).toBeGreaterThan(Object.keys(present).length);
    expect(Object.keys(await readPresent())).toEqual(["session/creds"]);
  });

  test("takes the place of a session that moved away or was never linked, and keeps that too", async () => {
    await makePresent();
    const store = openStore({ path: path() });
    markMoved(store, AT);
    await store.close();
    expect((await install()).archivedTo).toMatch(/archived-.*-import$/);
  });

  test("takes the place of a damaged store only when forced", async () => {
    await makePresent();
    writeFileSync(join(path(), "data.mdb"), "torn");
    await expect(install()).rejects.toEqual(refused);
    expect((await install({}, true)).archivedTo).toBeDefined();
  });

  test.each<[string, readonly StoredRecord[] | (() => Generator<StoredRecord>)]>([
    [
      "fails in the middle",
      function* () {
        yield { key: "session/pre-key/1", value: Buffer.from("\u0001{}") };
        throw Object.assign(new Error("torn"), { code: "session.bundleDamaged" });
      },
    ],
    ["has no creds", [{ key: "session/pre-key/1", value: Buffer.from("\u0001{}") }]],
    ["is empty", []],
  ])("that %s leaves everything as it was", async (_, records) => {
    const present = await makePresent();
    await expect(
      install({ records: typeof records === "function" ? records() : records }, true),
    ).rejects.toHaveProperty("code");
    expect(await readPresent()).toEqual(present);
    expect(readdirSync(directory.path)).toEqual(["BOT"]);
  });
});

test("an inspection counts every kind and finds what is damaged", async () => {
  const store = openFreshStore(path());
  expect(inspectSession(store)).toEqual({ kinds: [], creds: "missing", sound: true });
  await linkSession(store);
  expect(inspectSession(store)).toMatchObject({ creds: "linked", sound: true });
  expect(inspectSession(store).kinds).toContainEqual({ kind: "lid-mapping", count: 2, bytes: 23, damaged: 0 });
  await store.write([
    { key: "session/pre-key/5", value: Buffer.from("\u0001{torn") },
    { key: "session/new-kind/5", value: Buffer.from("\u0001{}") },
  ]);
  const { kinds, sound } = inspectSession(store);
  expect(sound).toBe(false);
  expect(kinds.filter(({ damaged }) => damaged > 0).map(({ kind }) => kind)).toEqual(["new-kind", "pre-key"]);
  await store.write([{ key: "session/creds", value: Buffer.from("\u0001null") }]);
  expect(inspectSession(store).creds).toBe("damaged");
  await store.close();
});
