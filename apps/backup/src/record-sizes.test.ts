import { createFakeClock } from "@blacksky/machine";
import { records } from "@blacksky/protocol";
import type { StoredRecord } from "@blacksky/store";
import { describe, expect, test } from "@jest/globals";

import { createRecordSizes, recordKindOf } from "./record-sizes.ts";

const record = (key: string, bytes: number): StoredRecord => ({ key, value: Buffer.alloc(bytes) });

const readerOf = (held: StoredRecord[], signal = new AbortController().signal) => {
  const clock = createFakeClock();
  let counts = 0;
  const store = {
    *entries() {
      counts += 1;
      yield* held;
    },
  };
  return { clock, reader: createRecordSizes({ store, clock, signal }), counts: () => counts };
};

describe("the kind of a record", () => {
  test.each([
    ["session/creds", "creds"],
    ["session/sender-key/123@g.us::1", "sender-key"],
    ["session/session/4915551234.0", "session"],
    ["outbox/7", "outbox"],
    ["archive/2026/session/creds", "archive"],
    ["session/something-new/1", "other"],
    ["moved", "other"],
    ["4915551234@s.whatsapp.net", "other"],
  ])("%s is %s", (key, kind) => {
    expect(recordKindOf(key)).toBe(kind);
  });
});

describe("sizes of records", () => {
  test("are counted by kind and class, a bound included in its class", async () => {
    const { reader } = readerOf([
      record("session/pre-key/1", 64),
      record("session/pre-key/2", 65),
      record("session/session/1.0", 3_000),
      record("session/session/2.0", 1_000_000),
    ]);
    const found = await reader.read();
    const classes = (...at: number[]) =>
      records.SIZE_BOUNDS.map((_, index) => at.filter((one) => one === index).length);
    expect(found).toEqual([
      { kind: "pre-key", bytes: 129, classes: [...classes(0, 1), 0] },
      { kind: "session", bytes: 1_003_000, classes: [...classes(5), 1] },
    ]);
    expect(records.measure.reply.parse({ kinds: found })).toEqual({ kinds: found });
  });

  test("are counted again only when they are old, and nobody waits for that", async () => {
    const held = [record("session/creds", 10)];
    const { reader, clock, counts } = readerOf(held);
    await Promise.all([reader.read(), reader.read()]);
    expect(counts()).toBe(1);
    held.push(record("session/creds", 20));
    clock.advance(299_999);
    expect(await reader.read()).toMatchObject([{ bytes: 10 }]);
    clock.advance(1);
    expect(await reader.read()).toMatchObject([{ bytes: 10 }]);
    expect(await reader.read()).toMatchObject([{ bytes: 30 }]);
    expect(counts()).toBe(2);
  });

  test("are not counted to the end when the store is about to be closed", async () => {
    const ending = new AbortController();
    const many = Array.from({ length: 1_000 }, (_, at) => record(`session/pre-key/${at}`, 1));
    const { reader } = readerOf(many, ending.signal);
    const reading = reader.read();
    ending.abort(new Error("ending"));
    await expect(reading).rejects.toThrow("ending");
  });
});
