import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStore } from "../src/index.ts";
import { makeTemporaryDirectory } from "../src/testing/temporary-directory.ts";
import type { TemporaryDirectory } from "../src/testing/temporary-directory.ts";
import { startFixture } from "./support/child.ts";

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(() => directory.remove());

describe("a data file", () => {
  test("cut at any length is whole or refused, and never ends the process", async () => {
    const path = join(directory.path, "store");
    const store = openStore({ path });
    for (let at = 0; at < 200; at += 1) {
      await store.write([{ key: `k/${(at * 31) % 60}`, value: new Uint8Array((at * 577) % 12_000) }]);
    }
    await store.write([...store.keys("k/1")].map((key) => ({ key, value: undefined })));
    await store.close();
    const opener = startFixture("opens-damaged-files", [path, join(directory.path, "scratch"), "8191"]);
    const ended = await opener.ended;
    expect({ ...ended, errors: opener.errors }).toEqual({ code: 0, signal: null, errors: [] });
    const outcomes: Record<string, number> = JSON.parse(opener.lines.at(-1) ?? "{}");
    expect(Object.keys(outcomes).toSorted((left, right) => left.localeCompare(right))).toEqual([
      "store.truncated",
      "whole",
    ]);
    expect(outcomes["store.truncated"]).toBeGreaterThan(20);
  });
});

describe("a full disk", () => {
  test("refuses writes, tears nothing apart, and is forgotten when there is room again", async () => {
    const filler = startFixture("fills-the-disk", [join(directory.path, "store")], 4 << 20);
    const ended = await filler.ended;
    expect({ ...ended, errors: filler.errors }).toEqual({ code: 0, signal: null, errors: [] });
    const report = JSON.parse(filler.lines.at(-1) ?? "{}");
    expect(report).toMatchObject({
      big: "store.full",
      afterBig: "ok",
      full: "store.full",
      wholeWhenFull: true,
      again: "store.full",
      // Where the machine has no prlimit the limit stays, and only that step is left out.
      afterwards: report.raised ? "ok" : "not tried",
      wholeAfterwards: true,
    });
    expect(report.written).toBeGreaterThan(500);
  });
});
