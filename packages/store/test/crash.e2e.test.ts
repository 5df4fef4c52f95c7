import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { archiveStore, openStore } from "../src/index.ts";
import { makeTemporaryDirectory } from "../src/testing/temporary-directory.ts";
import type { TemporaryDirectory } from "../src/testing/temporary-directory.ts";
import { startFixture } from "./support/child.ts";

const ROUNDS = Number(process.env["CRASH_ROUNDS"] ?? 4);

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(() => directory.remove());

const stepOf = (value: Uint8Array | undefined): number =>
  value === undefined ? 0 : Number.parseInt(Buffer.from(value).toString(), 10);

describe("kill -9", () => {
  test(`while writing loses nothing that was acknowledged and tears nothing apart (${ROUNDS} rounds)`, async () => {
    const path = join(directory.path, "store");
    let reached = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const writer = startFixture("writes-until-killed", [path, String(reached)]);
      const target = reached + 100 + ((round * 7_919) % 400);
      await writer.line((line) => Number(line) >= target);
      writer.process.kill("SIGKILL");
      await writer.ended;
      const acknowledged = Number(writer.lines.at(-1));

      const store = openStore({ path });
      reached = stepOf(store.get("pair/left"));
      expect(reached).toBeGreaterThanOrEqual(acknowledged);
      expect(stepOf(store.get("pair/right"))).toBe(reached);
      expect(store.position).toBe(reached * 3);
      for (let step = reached; step > Math.max(0, reached - 50); step -= 1) {
        expect(stepOf(store.get(`many/${step % 50}`))).toBe(step % 7 === 0 ? 0 : step);
      }
      const feed = store.changesSince(store.trimmedPosition, 1_000);
      expect(new Set(feed.map(({ key }) => key)).size).toBe(feed.length);
      expect(feed.at(-1)).toMatchObject({ key: "pair/right", position: store.position });
      await store.close();
    }
  });

  test("in the middle of a restore leaves a store that says so, until it is archived", async () => {
    const path = join(directory.path, "store");
    const restorer = startFixture("restores-until-killed", [path]);
    await restorer.line((line) => line === "restoring");
    restorer.process.kill("SIGKILL");
    await restorer.ended;
    expect(() => openStore({ path })).toThrow(expect.objectContaining({ code: "store.incomplete" }));
    await archiveStore(path, "incomplete restore");
    const fresh = openStore({ path });
    expect(fresh.count("")).toBe(0);
    await fresh.close();
  });
});
