import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { makeDirectory } from "../src/testing/party.ts";

const here = dirname(fileURLToPath(import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

// A process of its own: the curve's JavaScript is ten times slower inside Jest.
test("a thousand messages in a group leave the bot's own key small, and everybody understands", async () => {
  const directory = makeDirectory();
  const fixture = join(here, "fixtures", "talks-in-a-group.ts");
  const args = ["--import", tsx, fixture, directory.path, "1000"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 80_000 });
  directory.remove();
  const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
  expect(report).toMatchObject({ understoodAll: true, lateJoiner: true, oldMember: true, outOfOrder: true });
  expect(report.ownBytes).toBeLessThan(600);
  // Two keys for each message not yet seen, 100 bytes each.
  expect(report.peerBytes).toBeLessThan(220_000);
});
