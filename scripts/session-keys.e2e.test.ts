import { describe, expect, test } from "@jest/globals";
import { identify } from "@blacksky/supervisor";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keys, NEW_KEY, OLD_KEY, save, SECRET, session, startWorker, world } from "./test/session-world.ts";

const fingerprints = async (): Promise<unknown[]> => {
  const rows = await world.database.rows<{ key_fingerprint: string | null }>(
    "select key_fingerprint from blacksky.replica union select key_fingerprint from blacksky.snapshot",
  );
  return rows.map(({ key_fingerprint: name }) => name);
};

const savedBytes = async (): Promise<Buffer> => {
  const rows = await world.database.rows<{ bytes: Buffer }>(
    "select value as bytes from blacksky.replica_record union all select content from blacksky.snapshot_chunk",
  );
  const folder = join(world.dataDir, "backups", "BOT");
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return Buffer.concat([...rows.map(({ bytes }) => bytes), ...files]);
};

describe("pnpm session rekey", () => {
  test.each([
    ["from one key to another", OLD_KEY],
    ["from no key to one", undefined],
  ])("seals everything %s, after which only the new one opens it", async (_, old) => {
    await save(keys(old));
    const before = await fingerprints();
    const { status, output } = await session(["rekey"], keys(old, NEW_KEY));
    expect(output).toContain("2 records and 1 snapshots in PostgreSQL, 1 snapshots in DATA_DIR/backups.");
    expect(status).toBe(0);
    const after = await fingerprints();
    expect(after).toHaveLength(1);
    expect(before).not.toContain(after[0]);
    expect((await savedBytes()).includes(SECRET)).toBe(false);
    expect(existsSync(join(world.dataDir, "runner.lock"))).toBe(false);

    await expect(startWorker(keys(old))).rejects.toMatchObject({
      code: "session.workerEnded",
      message: expect.stringContaining("cannot start with this configuration"),
    });
    rmSync(join(world.dataDir, "store"), { recursive: true });
    const worker = await startWorker(keys(NEW_KEY));
    expect(worker.status).toMatchObject({ restoredFrom: "replica", previousKey: null });
    await worker.stop();
  });

  test("can be run again with the same keys, and finishes a change that the configuration has begun", async () => {
    await save(keys(OLD_KEY));
    expect(await session(["rekey"], keys(OLD_KEY, NEW_KEY))).toMatchObject({ status: 0 });
    const again = await session(["rekey"], keys(OLD_KEY, NEW_KEY));
    expect(again).toMatchObject({ status: 0, output: expect.stringContaining("2 records and 1 snapshots") });
    const begun = { ...keys(NEW_KEY), SESSION_ENCRYPTION_KEY_PREVIOUS: OLD_KEY };
    expect(await session(["rekey"], begun)).toMatchObject({ status: 0 });
    const third = await session(["rekey"], { ...begun, NEW_SESSION_ENCRYPTION_KEY: `${NEW_KEY}!` });
    expect(third).toMatchObject({ status: 1, output: expect.stringContaining("is under way") });
  });

  test("is refused while the bot runs, for the same key, for a short one and for none", async () => {
    await save(keys(OLD_KEY));
    writeFileSync(join(world.dataDir, "runner.lock"), JSON.stringify({ runner: identify(process.pid), children: [] }));
    const running = await session(["rekey"], keys(OLD_KEY, NEW_KEY));
    expect(running).toMatchObject({ status: 1, output: expect.stringContaining("is running") });
    rmSync(join(world.dataDir, "runner.lock"));
    expect((await session(["rekey"], keys(OLD_KEY, OLD_KEY))).output).toContain("is the present one");
    expect((await session(["rekey"], keys(OLD_KEY, "too short"))).output).toContain("shorter than 32");
    expect((await session(["rekey"], keys(OLD_KEY))).output).toContain("Set NEW_SESSION_ENCRYPTION_KEY");
    expect(await fingerprints()).toHaveLength(1);
  });

  test("changes nothing with a wrong key, nor where the bot runs elsewhere", async () => {
    await save(keys(OLD_KEY));
    const [before, bytes] = [await fingerprints(), await savedBytes()];
    const elsewhere = mkdtempSync(join(tmpdir(), "blacksky-keys-"));
    const other = await startWorker(keys(OLD_KEY), elsewhere);
    try {
      const held = await session(["rekey"], { ...keys(OLD_KEY, NEW_KEY), LEASE_TTL: "3000" });
      expect(held).toMatchObject({ status: 1, output: expect.stringContaining("runs somewhere else") });
    } finally {
      await other.stop();
      rmSync(elsewhere, { recursive: true });
    }
    const wrong = await session(["rekey"], keys(`${OLD_KEY}!`, NEW_KEY));
    expect(wrong).toMatchObject({ status: 1, output: expect.stringContaining("SESSION_ENCRYPTION_KEY is another") });
    expect(await fingerprints()).toEqual(before);
    expect((await savedBytes()).equals(bytes)).toBe(true);
  });

  test("changes nothing while the database cannot be reached", async () => {
    await save(keys(OLD_KEY));
    await world.server.shutDown();
    try {
      const { status, output } = await session(["rekey"], keys(OLD_KEY, NEW_KEY));
      expect({ status, output }).toMatchObject({ status: 1, output: expect.stringContaining("cannot be reached now") });
    } finally {
      await world.server.start();
    }
  });

  test("prints a good key, and uses it for nothing", async () => {
    const [first, second] = [await session(["rekey", "--generate"]), await session(["rekey", "--generate"])];
    expect(first.output).toMatch(/^[\w-]{43}\n/);
    expect(first.output).not.toBe(second.output);
    expect(readdirSync(world.dataDir)).toEqual([]);
  });
});
