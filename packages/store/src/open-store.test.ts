import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { archiveStore, openStore } from "./index.ts";
import type { Store } from "./index.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";
import type { TemporaryDirectory } from "./testing/temporary-directory.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

let directory: TemporaryDirectory;
let path: string;
const opened: Store[] = [];
const open = (options: { readOnly?: boolean; mapSizeBytes?: number } = {}): Store => {
  const store = openStore({ path, ...options });
  opened.push(store);
  return store;
};

beforeEach(() => {
  directory = makeTemporaryDirectory();
  path = join(directory.path, "my.store");
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  directory.remove();
});

describe("records", () => {
  test("come back as they were written, of any size", async () => {
    const store = open();
    const sizes = [0, 1, 5, 4_096, 40_000, 500_000, 2_000_000];
    const values = sizes.map((size, salt) => Uint8Array.from({ length: size }, (_, at) => (at * 31 + salt) & 0xff));
    await store.write(values.map((value, at) => ({ key: `session/session/${at}`, value })));
    for (const [at, value] of values.entries()) {
      expect(Buffer.compare(store.get(`session/session/${at}`) ?? Buffer.from("absent"), value)).toBe(0);
    }
  });

  test("belong to the caller: a later read or write does not change them", async () => {
    const store = open();
    await store.write([
      { key: "a", value: bytes("one") },
      { key: "b", value: bytes("two") },
    ]);
    const one = store.get("a");
    store.get("b");
    await store.write([{ key: "a", value: bytes("new") }]);
    expect(text(one)).toBe("one");
  });

  test("outlive closing", async () => {
    const store = open();
    await store.write([{ key: "session/creds", value: bytes("creds") }]);
    await store.close();
    const again = open();
    expect(text(again.get("session/creds"))).toBe("creds");
    expect(again.position).toBe(1);
  });

  test("are listed by prefix in byte order, also between batches and with keys beside the prefix", async () => {
    const store = open();
    const ids = Array.from({ length: 700 }, (_, at) => `p/${String(at).padStart(4, "0")}`);
    await store.write(["o", "p", "p.", "p0", "q", "p/ÿ", "p/𝄞"].concat(ids).map((key) => ({ key, value: bytes(key) })));
    expect([...store.keys("p/")]).toEqual([...ids, "p/ÿ", "p/𝄞"]);
    expect([...store.entries("p/")].every(({ key, value }) => text(value) === key)).toBe(true);
    expect(store.count("p/")).toBe(702);
    expect([...store.keys("")]).toHaveLength(707);
    expect(store.count("")).toBe(707);
    expect(store.count("z")).toBe(0);
  });

  test("may be deleted by the one who lists them", async () => {
    const store = open();
    await store.write(Array.from({ length: 600 }, (_, at) => ({ key: `k/${at}`, value: bytes("x") })));
    for (const key of store.keys("k/")) await store.write([{ key, value: undefined }]);
    expect(store.count("k/")).toBe(0);
  });

  test.each([
    ["an empty key", ""],
    ["a key too long", "k".repeat(1_025)],
    ["a key that is not text", "k/\uD800"],
  ])("refuse %s and write nothing of that change", async (_, key) => {
    const store = open();
    const changes = [
      { key: "good", value: bytes("1") },
      { key, value: bytes("2") },
    ];
    await expect(store.write(changes)).rejects.toMatchObject({ code: "store.invalid" });
    expect(() => store.writeSync(changes)).toThrow(expect.objectContaining({ code: "store.invalid" }));
    expect(store.get("good")).toBeUndefined();
    expect(store.position).toBe(0);
  });

  test("raise instead of being absent when a byte flipped, and name their kind, not their id", async () => {
    const store = open();
    await store.write([{ key: "session/session/4915112345.0", value: bytes("a value that is easy to find") }]);
    await store.close();
    const file = join(path, "data.mdb");
    const data = readFileSync(file);
    for (let at = data.indexOf("easy to find"); at >= 0; at = data.indexOf("easy to find", at + 1)) data[at] = 0x45;
    writeFileSync(file, data);
    const damaged = open();
    const read = (): unknown => damaged.get("session/session/4915112345.0");
    expect(read).toThrow(expect.objectContaining({ code: "store.corruptRecord" }));
    expect(read).toThrow(/session\/session(?!\/)/);
    expect(read).not.toThrow(/4915/);
    expect(() => [...damaged.entries("")]).toThrow(expect.objectContaining({ code: "store.corruptRecord" }));
    expect(() => damaged.changesSince(0, 10)).toThrow(expect.objectContaining({ code: "store.corruptRecord" }));
  });
});

describe("writing", () => {
  test("answers each of several writes of a turn with its own position, in the order of the calls", async () => {
    const store = open();
    const change = (key: string) => ({ key, value: bytes(key) });
    const positions = await Promise.all([
      store.write([change("a")]),
      store.write([change("b"), change("c")]),
      store.write([]),
      store.write([change("a")]),
    ]);
    expect(positions).toEqual([1, 3, 0, 4]);
    expect(store.position).toBe(4);
  });

  test("lets a synchronous write come after those called before it", async () => {
    const store = open();
    const earlier = store.write([{ key: "a", value: bytes("earlier") }]);
    expect(store.writeSync([{ key: "a", value: bytes("later") }])).toBe(2);
    await earlier;
    expect(text(store.get("a"))).toBe("later");
  });

  test("lets the event loop turn for callers that do nothing but write", async () => {
    const store = open();
    const turn = { isOver: false };
    setImmediate(() => (turn.isOver = true));
    let writes = 0;
    for (; !turn.isOver && writes < 50_000; writes++) await store.write([{ key: "a", value: bytes(String(writes)) }]);
    expect(turn.isOver).toBe(true);
    expect(store.position).toBe(writes);
  });

  test("answers in the order of the calls, also over turns of the event loop", async () => {
    const store = open();
    const answered: number[] = [];
    const writing = Array.from({ length: 20 }, async () => {
      for (let time = 0; time < 50; time++) answered.push(await store.write([{ key: "a", value: bytes("x") }]));
    });
    await Promise.all(writing);
    expect(answered).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1));
  });

  test("commits what waits when the store is closed, and refuses what comes later", async () => {
    const store = open();
    const waiting = store.write([{ key: "a", value: bytes("1") }]);
    await Promise.all([store.close(), waiting]);
    await store.close();
    await expect(store.write([{ key: "a", value: undefined }])).rejects.toMatchObject({ code: "store.closed" });
    expect(() => store.get("a")).toThrow(expect.objectContaining({ code: "store.closed" }));
    expect(text(open().get("a"))).toBe("1");
  });

  test("fails alone, writes nothing and leaves the store usable when its change does not fit", async () => {
    const store = open({ mapSizeBytes: 4 << 20 });
    const results = await Promise.allSettled([
      store.write([{ key: "small", value: bytes("1") }]),
      store.write([
        { key: "half", value: bytes("1") },
        { key: "big", value: new Uint8Array(8 << 20) },
      ]),
      store.write([{ key: "other", value: bytes("2") }]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { code: "store.full" } });
    expect([...store.keys("")]).toEqual(["other", "small"]);
    expect(store.changesSince(0, 10).map(({ key }) => key)).toEqual(["small", "other"]);
  });

  test("never lets the file outgrow its limit", async () => {
    const store = open({ mapSizeBytes: 2 << 20 });
    const fill = async (): Promise<void> => {
      for (let at = 0; at < 2_000; at += 1) await store.write([{ key: `k/${at}`, value: new Uint8Array(3_000) }]);
    };
    await expect(fill()).rejects.toMatchObject({ code: "store.full" });
    expect(statSync(join(path, "data.mdb")).size).toBeLessThanOrEqual(2 << 20);
    expect(store.count("k/")).toBe(store.changesSince(0, 5_000).length);
  });
});

describe("opening", () => {
  test("makes a directory for the owner alone", () => {
    open();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "data.mdb")).mode & 0o777).toBe(0o600);
  });

  test("for reading needs a store and then refuses to write", async () => {
    expect(() => open({ readOnly: true })).toThrow(expect.objectContaining({ code: "store.missing" }));
    const writer = open();
    await writer.write([{ key: "a", value: bytes("1") }]);
    await writer.close();
    const reader = open({ readOnly: true });
    expect(text(reader.get("a"))).toBe("1");
    await expect(reader.write([{ key: "a", value: undefined }])).rejects.toMatchObject({ code: "store.notWritable" });
  });

  test("twice in one process shares what is committed, and closing one leaves the other", async () => {
    const first = open();
    const second = open();
    await first.write([{ key: "a", value: bytes("1") }]);
    expect(text(second.get("a"))).toBe("1");
    await first.close();
    await second.write([{ key: "a", value: bytes("2") }]);
    expect(text(second.get("a"))).toBe("2");
  });

  test.each([
    ["nothing", "store.truncated", Buffer.alloc(0)],
    ["text", "store.corrupt", Buffer.from("this is not a database".repeat(1_000))],
    ["zeros", "store.corrupt", Buffer.alloc(65_536)],
  ])("a file that holds %s is %s", (_, code, content) => {
    mkdirSync(path);
    writeFileSync(join(path, "data.mdb"), content);
    expect(() => open()).toThrow(expect.objectContaining({ code }));
  });

  test("where a file is in the way says that it is not writable", () => {
    writeFileSync(path, "");
    expect(() => open()).toThrow(expect.objectContaining({ code: "store.notWritable" }));
  });

  test("finds a page that is not what it should be", async () => {
    const store = open();
    await store.write(Array.from({ length: 500 }, (_, at) => ({ key: `k/${at}`, value: new Uint8Array(900) })));
    await store.close();
    const data = readFileSync(join(path, "data.mdb"));
    const used = Number(
      data.readBigUInt64LE((data.readBigUInt64LE(152) > data.readBigUInt64LE(4_248) ? 0 : 4_096) + 144),
    );
    let found = 0;
    for (let page = 2; page <= used; page += 1) {
      writeFileSync(join(path, "data.mdb"), Buffer.from(data).fill(0, page * 4_096, (page + 1) * 4_096));
      try {
        await openStore({ path }).close();
      } catch (error) {
        expect(error).toMatchObject({ code: "store.corrupt" });
        found += 1;
      }
    }
    // The others are free pages, which nobody reads.
    expect(found).toBeGreaterThan(used / 2);
  });
});

describe("meta", () => {
  test("keeps small strings outside the feed", async () => {
    const store = open();
    expect(store.meta.get("origin")).toBeUndefined();
    store.meta.set("origin", "fresh");
    expect(store.meta.get("origin")).toBe("fresh");
    expect(store.position).toBe(0);
    store.meta.set("origin", undefined);
    expect(store.meta.get("origin")).toBeUndefined();
    expect(() => store.meta.set("store.position", "7")).toThrow(expect.objectContaining({ code: "store.invalid" }));
  });
});

describe("archiveStore", () => {
  test("moves the store aside under the time and the reason, and never over another archive", async () => {
    const at = new Date("2026-01-02T03:04:05.678Z");
    const archives: string[] = [];
    for (const value of ["1", "2"]) {
      const store = open();
      await store.write([{ key: "a", value: bytes(value) }]);
      await store.close();
      archives.push(await archiveStore(path, "Logged out!", at));
    }
    expect(archives).toEqual([
      `${path}.archived-2026-01-02T03-04-05-678Z-logged-out-`,
      `${path}.archived-2026-01-02T03-04-05-678Z-logged-out--2`,
    ]);
    expect(open().get("a")).toBeUndefined();
    const archived = openStore({ path: archives[1] ?? "", readOnly: true });
    opened.push(archived);
    expect(text(archived.get("a"))).toBe("2");
    await expect(archiveStore(join(directory.path, "none"), "x")).rejects.toMatchObject({ code: "store.missing" });
  });
});
