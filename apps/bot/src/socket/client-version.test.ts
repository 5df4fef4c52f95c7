import { createTestLogger } from "@blacksky/logger/testing";
import { openStore, type Store } from "@blacksky/store";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { DEFAULT_CONNECTION_CONFIG, type WAVersion } from "@whiskeysockets/baileys";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClientVersion } from "./client-version.ts";

const bundled = DEFAULT_CONNECTION_CONFIG.version;
const newer: WAVersion = [bundled[0], bundled[1], bundled[2] + 1];
const older: WAVersion = [bundled[0], bundled[1] - 1, bundled[2] + 5];

let folder: string;
let store: Store;
let warnings: string[];
const log = createTestLogger((level, message) => {
  if (level === "warn") warnings.push(message);
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "blacksky-version-"));
  store = openStore({ path: join(folder, "store") });
  warnings = [];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const create = (fetchNewest: () => Promise<WAVersion>, isWhatsApp = true) =>
  createClientVersion({
    store,
    log,
    isWhatsApp,
    fetchNewest,
    onFailure: (error) => {
      throw error;
    },
  });

test("the client is the bundled version until another one was looked up, which outlives the process", async () => {
  const version = create(async () => newer);
  expect(version.current).toEqual(bundled);
  await version.lookUp();
  expect(version.current).toEqual(newer);
  expect(create(async () => bundled).current).toEqual(newer);
  expect(store.changesSince(0, 10).map(({ key }) => key)).toEqual(["client-version"]);
});

test("nothing is looked up for another server", async () => {
  const version = create(async () => newer, false);
  await version.lookUp();
  expect([version.current, store.position]).toEqual([bundled, 0]);
});

test("a newer bundle wins over what was looked up before it", async () => {
  await store.write([{ key: "client-version", value: Buffer.from(JSON.stringify(older)) }]);
  expect(create(async () => older).current).toEqual(bundled);
});

test.each([
  ["older", async () => older],
  ["the same", async () => bundled],
  ["none", async () => [] as unknown as WAVersion],
  ["not numbers", async () => ["2", 3000, 1] as unknown as WAVersion],
  ["unreachable", async () => Promise.reject(new Error("no network"))],
])("an answer that is %s changes nothing, and is told", async (_what, fetchNewest) => {
  const version = create(fetchNewest);
  await version.lookUp();
  expect(version.current).toEqual(bundled);
  expect(warnings).toHaveLength(1);
  expect(store.position).toBe(0);
});

test.each(["", "{}", "[1,2]", "nonsense"])("a record that is no version (%j) is passed over", async (text) => {
  await store.write([{ key: "client-version", value: Buffer.from(text) }]);
  expect(create(async () => newer).current).toEqual(bundled);
});
