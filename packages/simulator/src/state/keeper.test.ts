import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { StateKeeper } from "./keeper.ts";
import { newSnapshot } from "./snapshot.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "simulator-state-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test("what was saved is loaded again, bytes included, and nothing else is left behind", async () => {
  const nested = join(directory, "deep", "down");
  const keeper = new StateKeeper(nested);
  const snapshot = await keeper.load();
  keeper.follow(() => snapshot);
  await Promise.all([keeper.save(), keeper.save()]);
  expect(await new StateKeeper(nested).load()).toEqual(snapshot);
  expect(await readdir(nested)).toEqual(["simulator.json"]);
});

test.each(["", "{", "[]", '{"schemaVersion":2}', "null"])("the file content %j is refused", async (content) => {
  await writeFile(join(directory, "simulator.json"), content);
  await expect(new StateKeeper(directory).load()).rejects.toMatchObject({ code: "simulator.state-corrupt" });
});

test("a directory that cannot be written is named", async () => {
  await writeFile(join(directory, "file"), "");
  const keeper = new StateKeeper(join(directory, "file"));
  keeper.follow(newSnapshot);
  await expect(keeper.save()).rejects.toMatchObject({ code: "simulator.state-unwritable" });
});

test("without a directory nothing is kept", async () => {
  const keeper = new StateKeeper(undefined);
  const first = await keeper.load();
  keeper.follow(() => first);
  await keeper.save();
  expect((await keeper.load()).rootKey).not.toEqual(first.rootKey);
});
