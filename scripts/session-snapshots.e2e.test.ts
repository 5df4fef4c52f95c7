import { describe, expect, test } from "@jest/globals";
import { startEmbeddedPostgres } from "@blacksky/postgres";
import { existsSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { keys, NEW_KEY, OLD_KEY, put, read, save, SECRET, session } from "./test/session-world.ts";
import { snapshot, startWorker, world, write } from "./test/session-world.ts";

const backups = (): string => join(world.dataDir, "backups", "BOT");

/** Two snapshots of a session that went on after them. */
const prepare = async (): Promise<{ first: string; second: string }> => {
  const first = await save(keys(OLD_KEY));
  const worker = await startWorker(keys(OLD_KEY));
  await write(put("session/session/1.0", "ratchet 2"));
  const second = await snapshot(worker);
  await write(put("session/session/1.0", "ratchet 3"), put("session/session/2.0", "new"));
  await worker.stop();
  return { first, second };
};

describe("pnpm session list", () => {
  test("shows each snapshot once, where it is, and what keeps it from being read; also while the bot runs", async () => {
    const { first, second } = await prepare();
    const running = await startWorker(keys(OLD_KEY));
    const { status, output } = await session(["list"], keys(OLD_KEY));
    expect(status).toBe(0);
    expect(output).toMatch(
      new RegExp(
        `  ${second}\\n    \\S+Z, for the test, 2 records, \\d+ B, in PostgreSQL and on this disk\\n  ${first}\\n`,
      ),
    );
    await running.stop();

    await world.database.run("delete from blacksky.snapshot where id = $1", [first]);
    truncateSync(join(backups(), `${second}.snapshot`), 50);
    const later = await session(["list"], keys(OLD_KEY));
    expect(later.output).toMatch(/2 records, \d+ B, on this disk\n/);
    expect(later.output).toMatch(/in PostgreSQL and on this disk \(damaged\)/);
    const keyless = await session(["list"], keys(NEW_KEY));
    expect(keyless.output).toContain("in PostgreSQL (sealed with a key that is not set here)");
  });

  test("is of use without a database, and says that it was not asked", async () => {
    const { first } = await prepare();
    const none = await session(["list"], { ...keys(OLD_KEY), DATABASE_URL: "" });
    expect(none).toMatchObject({ status: 0, output: expect.stringContaining(first) });
    expect(none.output).toContain("PostgreSQL was not asked. DATABASE_URL is not set");
    const away = await session(["list"], { ...keys(OLD_KEY), DATABASE_URL: "postgres://user:word@127.0.0.1:1/x" });
    expect(away).toMatchObject({ status: 0, output: expect.stringContaining(first) });
    expect(away.output).toContain("PostgreSQL was not asked. Nothing listens where DATABASE_URL points.");
    const unused = { ...keys(OLD_KEY), DATABASE_URL: await world.server.createDatabase() };
    const asked = await session(["list"], unused);
    expect(asked).toMatchObject({ status: 0, output: expect.stringContaining(first) });
    expect(asked.output).not.toContain("was not asked");
  });

  test("asks the embedded PostgreSQL where it runs, and starts none", async () => {
    const env = { ...keys(OLD_KEY), DATABASE_URL: "" };
    const embedded = await startEmbeddedPostgres({ dataDir: world.dataDir, log: () => undefined });
    try {
      const worker = await startWorker({ ...env, DATABASE_URL: embedded.connectionString });
      await write(put("session/creds", SECRET));
      const id = await snapshot(worker);
      await worker.stop();
      rmSync(backups(), { recursive: true });
      expect((await session(["list"], env)).output).toMatch(new RegExp(`${id}\\n.* in PostgreSQL\\n`));
    } finally {
      await embedded.stop();
    }
    const stopped = await session(["list"], env);
    expect(stopped.output).toContain("There is no snapshot of BOT.\nPostgreSQL was not asked.");
    expect(existsSync(join(world.dataDir, "postgres", "cluster", "postmaster.pid"))).toBe(false);
  });
});

describe("pnpm session restore", () => {
  test("refuses what would lose something, and does it with --force; what was there is kept", async () => {
    const { first } = await prepare();
    const before = await read();
    const refused = await session(["restore", first], keys(OLD_KEY));
    expect(refused).toMatchObject({ status: 1, output: expect.stringContaining("force") });
    expect(await read()).toEqual(before);

    const { status, output } = await session(["restore", first, "--force"], keys(OLD_KEY));
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining("Restored: 2 records") });
    expect(await read()).toEqual({ "session/creds": SECRET, "session/session/1.0": "ratchet 1" });
    const kept = /kept as snapshot (\S+)/.exec(output)?.[1] ?? "";
    expect(readdirSync(backups())).toContain(`${kept}.snapshot`);
    expect(output).toMatch(/kept in \S+BOT\.archived-\S+-restored/);
    expect(existsSync(join(world.dataDir, "runner.lock"))).toBe(false);

    // PostgreSQL has it too, and the lease is let go.
    rmSync(join(world.dataDir, "store"), { recursive: true });
    const worker = await startWorker(keys(OLD_KEY));
    expect(worker.status).toMatchObject({ restoredFrom: "replica" });
    expect((await read())["session/session/1.0"]).toBe("ratchet 1");
    await worker.stop();
    expect(await session(["restore", kept, "--force"], keys(OLD_KEY))).toMatchObject({ status: 0 });
    expect(await read()).toEqual(before);
  });

  test("changes nothing for a snapshot that is not there, is damaged, or of another key", async () => {
    const { first } = await prepare();
    const before = await read();
    const none = await session(["restore", "2020-nothing", "--force"], keys(OLD_KEY));
    expect(none).toMatchObject({ status: 1, output: expect.stringContaining("There is no snapshot 2020-nothing") });
    await world.database.run("delete from blacksky.snapshot where id = $1", [first]);
    truncateSync(join(backups(), `${first}.snapshot`), 50);
    const damaged = await session(["restore", first, "--force"], keys(OLD_KEY));
    expect(damaged).toMatchObject({ status: 1, output: expect.stringContaining("is damaged wherever it is") });
    expect(await session(["restore", first, "--force"], keys(NEW_KEY))).toMatchObject({ status: 1 });
    expect(await read()).toEqual(before);
  });
});
