import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { makeTemporaryDirectory } from "./testing/temporary-directory.ts";

const SIZE = { changes: 1, bytes: 100 };
const KEY = Buffer.from("a");

const lost = (): Error => Object.assign(new Error("MDB_NOTFOUND"), { code: -30_798 });

let directory: ReturnType<typeof makeTemporaryDirectory>;
let environment: Environment;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  environment = openEnvironment({ path: join(directory.path, "store"), readOnly: false, mapSizeBytes: 2 ** 24 });
});
afterEach(async () => {
  await environment.close();
  directory.remove();
});

const stored = (): string =>
  environment.reading(() => Buffer.from(environment.records.getBinary(KEY) ?? "nothing").toString());

/** A change that writes, then fails the first `failures` times. */
const failing = (failures: number) => {
  let runs = 0;
  return (): number => {
    expect(environment.records.getBinary(KEY)).toBeUndefined();
    environment.records.putSync(KEY, Buffer.from("value"));
    runs += 1;
    if (runs <= failures) throw lost();
    return runs;
  };
};

describe("a transaction in which LMDB loses its way among its free pages", () => {
  test("is undone and tried again", () => {
    expect(environment.transaction(SIZE, failing(2))).toBe(3);
    expect(stored()).toBe("value");
  });

  test("fails as damage when it happens every time, and writes nothing", () => {
    expect(() => environment.transaction(SIZE, failing(3))).toThrow(expect.objectContaining({ code: "store.corrupt" }));
    expect(stored()).toBe("nothing");
    expect(environment.transaction(SIZE, failing(0))).toBe(1);
  });
});
