import { openStore, type Store } from "@blacksky/store";
import type { Disconnect } from "@blacksky/whatsapp";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStandingMark } from "./standing-mark.ts";

const closed = (code: number): Disconnect => ({ code, origin: "stream", paired: true, intentional: false });

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "standing-"));
  store = openStore({ path: join(folder, "store") });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** As another process finds it. */
const found = (build = "1.0.0") => createStandingMark(store, build).current;

describe("the mark of how WhatsApp stands to the session", () => {
  test("outlives the process, until a connection opens or a person overrules it", () => {
    const mark = createStandingMark(store, "1.0.0");
    mark.closed(closed(403), 100);
    expect(found()).toMatchObject({ kind: "refused", code: 403, atMs: 100 });
    mark.overruled(99);
    expect(found()).not.toBeNull();
    mark.overruled(100);
    expect(found()).toBeNull();
    mark.closed(closed(402), 200);
    mark.opened();
    expect([found(), mark.current]).toEqual([null, null]);
  });

  test("is replicated, and written only when it changes", () => {
    const mark = createStandingMark(store, "1.0.0");
    const { position } = store;
    mark.closed(closed(428), 100);
    mark.opened();
    expect(store.position).toBe(position);
    mark.closed(closed(440), 100);
    expect(store.position).toBeGreaterThan(position);
    mark.opened();
    const after = store.position;
    mark.opened();
    expect(store.position).toBe(after);
  });

  test("does not hold a new build responsible for what WhatsApp did not accept of the old one", () => {
    createStandingMark(store, "1.0.0").closed(closed(405), 100);
    expect([found("1.0.0")?.kind, found("1.0.1")]).toEqual(["outdated", null]);
    createStandingMark(store, "1.0.0").closed(closed(440), 200);
    expect(found("1.0.1")?.kind).toBe("replaced");
  });

  test("holds nobody up with what this build cannot read", () => {
    for (const text of ["{", "null", "7", '{"build":"2.0.0","standing":{"kind":"of the future"}}']) {
      store.writeSync([{ key: "standing", value: Buffer.from(text) }]);
      expect(found()).toBeNull();
    }
  });
});
