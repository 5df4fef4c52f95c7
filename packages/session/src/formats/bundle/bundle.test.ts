import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "@blacksky/store";
import type { Store } from "@blacksky/store";
import { createAuthState } from "../../auth-state.ts";
import { clearMoved, movedAt } from "../../moved.ts";
import { REPLICA_ID_META } from "../../origin.ts";
import { dump, linkSession } from "../../testing/linked-session.ts";
import { makeDirectory, openFreshStore } from "../../testing/party.ts";
import { readBundle } from "./read-bundle.ts";
import { writeBundle } from "./write-bundle.ts";

const PASSPHRASE = "a passphrase with ünicode";
const AT = new Date("2026-01-02T03:04:05Z");

let directory: ReturnType<typeof makeDirectory>;
let store: Store;
const at = (name: string): string => join(directory.path, name);

beforeEach(async () => {
  directory = makeDirectory();
  store = openFreshStore(at("store"));
  await linkSession(store);
  store.meta.set(REPLICA_ID_META, "replica-1");
});
afterEach(async () => {
  await store.close();
  directory.remove();
});

const write = (more: Partial<Parameters<typeof writeBundle>[0]> = {}): Promise<number> =>
  writeBundle({ store, sessionId: "BOT", path: at("bundle"), passphrase: PASSPHRASE, at: AT, logN: 10, ...more });

const readInto = async (path: string, passphrase = PASSPHRASE): Promise<Record<string, string>> => {
  const bundle = await readBundle(path, passphrase);
  const target = openStore({ path: at(`target-${readdirSync(directory.path).length}`) });
  try {
    await target.restore(bundle.records, 1);
    return dump(target);
  } finally {
    await target.close();
  }
};

describe("a bundle", () => {
  test("carries every record, of the session and beside it, and where its history was", async () => {
    await store.write([
      { key: "sent-message/3EB0", value: Buffer.from("sent") },
      { key: "archive/old/session/creds", value: Buffer.alloc(0) },
    ]);
    await store.write(Array.from({ length: 3000 }, (_, id) => ({ key: `inbox/${id}`, value: Buffer.alloc(500, id) })));
    await store.write([{ key: "inbox/large", value: Buffer.alloc(3 << 20, 7) }]);
    const before = dump(store);
    const { position } = store;
    expect(await write()).toBe(Object.keys(before).length);
    expect(await readInto(at("bundle"))).toEqual(before);
    const bundle = await readBundle(at("bundle"), PASSPHRASE.normalize("NFD"));
    await bundle.close();
    expect(bundle).toMatchObject({ format: "bundle", position: position + 1, replicaId: "replica-1" });
    expect(store.position).toBe(position + 1);
    expect(statSync(at("bundle")).mode & 0o777).toBe(0o600);
  });

  test("shows nothing of what is in it", async () => {
    await write();
    const bytes = readFileSync(at("bundle"));
    const { noiseKey, advSecretKey } = (clearMoved(store), createAuthState(store).state.creds);
    for (const secret of [
      noiseKey.private,
      noiseKey.public,
      advSecretKey,
      "12025550100",
      "BOT",
      "replica-1",
      "session/",
    ]) {
      expect(bytes.includes(Buffer.from(secret))).toBe(false);
    }
  });

  test("leaves a source that no bot opens, until it is taken back", async () => {
    await write();
    expect(movedAt(store)).toBe(AT.toISOString());
    expect(() => createAuthState(store)).toThrow(expect.objectContaining({ code: "session.moved" }));
    await write({ path: at("again") });
    expect(await readInto(at("again"))).toEqual(await readInto(at("bundle")));
    clearMoved(store);
    expect(createAuthState(store).registered).toBe(true);
  });

  test.each([
    ["of a wrong passphrase", {}, "another passphrase", "session.wrongPassphrase"],
    ["that is no bundle", { content: Buffer.alloc(500) }, PASSPHRASE, "session.bundleDamaged"],
    ["that is empty", { content: Buffer.alloc(0) }, PASSPHRASE, "session.bundleDamaged"],
  ])("%s is an error, and gives nothing", async (_, { content }: { content?: Buffer }, passphrase, code) => {
    await write();
    if (content !== undefined) writeFileSync(at("bundle"), content);
    await expect(readBundle(at("bundle"), passphrase)).rejects.toMatchObject({ code });
  });

  test("torn anywhere, or altered in any part, is damaged and not a wrong passphrase", async () => {
    await write();
    const whole = readFileSync(at("bundle"));
    for (const share of [0.001, 0.01, 0.1, 0.5, 0.9, 0.999]) {
      writeFileSync(at("torn"), whole.subarray(0, Math.floor(whole.length * share)));
      await expect(readBundle(at("torn"), PASSPHRASE)).rejects.toMatchObject({ code: "session.bundleDamaged" });
      const altered = Buffer.from(whole);
      const place = Math.floor(whole.length * share);
      altered.writeUInt8(altered.readUInt8(place) ^ 1, place);
      writeFileSync(at("torn"), altered);
      await expect(readBundle(at("torn"), PASSPHRASE)).rejects.toMatchObject({ code: "session.bundleDamaged" });
    }
  });

  test("that is missing is an error of its own", async () => {
    await expect(readBundle(at("absent"), PASSPHRASE)).rejects.toMatchObject({ code: "session.importRefused" });
  });
});

describe("an export", () => {
  const refused = expect.objectContaining({ code: "session.exportRefused" });

  test("writes over nothing and wants a long passphrase", async () => {
    writeFileSync(at("bundle"), "mine");
    await expect(write()).rejects.toEqual(refused);
    expect(readFileSync(at("bundle"), "utf8")).toBe("mine");
    await expect(write({ path: at("other"), passphrase: "short" })).rejects.toEqual(refused);
    expect(movedAt(store)).toBeUndefined();
  });

  test("that fails leaves neither a file nor a mark", async () => {
    const broken: Store = Object.create(store, {
      entries: {
        value: () => {
          throw new Error("disk");
        },
      },
    }) as Store;
    await expect(write({ store: broken })).rejects.toThrow("disk");
    expect(existsSync(at("bundle"))).toBe(false);
    expect(existsSync(at("bundle.part"))).toBe(false);
    expect(movedAt(store)).toBeUndefined();
  });
});
