import { once } from "node:events";
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

describe("two processes", () => {
  test("see each other's commits as soon as they hear of them", async () => {
    const path = join(directory.path, "store");
    const store = openStore({ path });
    const other = startFixture("answers-reads", [path]);
    await other.line((line) => line === "ready");
    for (let round = 1; round <= 50; round += 1) {
      const position = await store.write([{ key: `mine/${round}`, value: Buffer.from(`round ${round}`) }]);
      other.process.send({ read: `mine/${round}`, write: round % 5 === 0 ? `theirs/${round}` : undefined });
      const [answer] = await once(other.process, "message");
      const expected = position + (round % 5 === 0 ? 1 : 0);
      expect(answer).toEqual({ position: expected, value: `round ${round}` });
      expect(store.position).toBe(expected);
    }
    expect(store.count("theirs/")).toBe(10);
    expect(store.changesSince(0, 100)).toHaveLength(60);
    other.process.disconnect();
    await other.ended;
    await store.close();
  });

  test("may write at the same time: positions are never given twice", async () => {
    const path = join(directory.path, "store");
    const writer = startFixture("writes-until-killed", [path]);
    await writer.line((line) => line === "1");
    const store = openStore({ path });
    const mine: number[] = [];
    for (let at = 0; at < 300; at += 1) mine.push(await store.write([{ key: `mine/${at}`, value: Buffer.from("x") }]));
    await writer.line((line) => Number(line) > 100);
    writer.process.kill("SIGKILL");
    await writer.ended;
    const steps = Number.parseInt(Buffer.from(store.get("pair/left") ?? "").toString(), 10);
    expect(new Set(mine).size).toBe(300);
    expect(store.position).toBe(300 + steps * 3);
    await store.close();
  });

  test("do not mistake a store that is being written for a damaged one", async () => {
    const path = join(directory.path, "store");
    const writer = startFixture("writes-until-killed", [path]);
    await writer.line((line) => Number(line) > 50);
    for (let round = 0; round < 150; round += 1) await openStore({ path }).close();
    writer.process.kill("SIGKILL");
    await writer.ended;
  });
});
