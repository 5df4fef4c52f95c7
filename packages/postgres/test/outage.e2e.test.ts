import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { isRetryable, openDatabase } from "../src/index.ts";
import type { Database } from "../src/index.ts";
import { startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
let database: Database;

beforeAll(async () => {
  server = await startTestServer();
  const { connectionString } = server;
  database = openDatabase({
    connectionString,
    applicationName: "test",
    connectTimeoutMs: 5_000,
    queryTimeoutMs: 1_000,
  });
});

afterAll(async () => {
  await database.close();
  await server.stop();
});

const answer = (): Promise<unknown> => database.row("select 1 as n");

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a pool", () => {
  test("outlives an orderly restart of its server", async () => {
    await Promise.all([answer(), answer()]);
    await server.shutDown();
    const refused = await rejection(answer());
    expect(refused).toMatchObject({ name: "BlackskyError" });
    expect(isRetryable(refused)).toBe(true);
    await server.start();
    await expect(answer()).resolves.toEqual({ n: 1 });
  });

  test("outlives a kill -9 of its server, also in the middle of a statement", async () => {
    const running = rejection(database.transaction((transaction) => transaction.run("select pg_sleep(0.9)")));
    await answer();
    await server.kill9();
    expect(isRetryable(await running)).toBe(true);
    await server.start();
    await expect(Promise.all([answer(), answer(), answer()])).resolves.toHaveLength(3);
  });

  test("gives up on a statement that takes too long, and does not use its connection again", async () => {
    const late = await rejection(database.run("select pg_sleep(5)"));
    expect(late).toMatchObject({ code: "database.timeout" });
    expect(isRetryable(late)).toBe(true);
    await expect(Promise.all([answer(), answer()])).resolves.toHaveLength(2);
  });

  test("names the wrong password, the missing database and the refused TLS for what they are", async () => {
    const attempt = async (connectionString: string): Promise<unknown> => {
      const other = openDatabase({ connectionString, applicationName: "test", connectTimeoutMs: 5_000 });
      const error = await rejection(other.rows("select 1"));
      await other.close();
      return error;
    };
    const url = server.connectionString;
    expect(await attempt(url.replace(/:[0-9a-f]+@/, ":wrong@"))).toMatchObject({ code: "database.auth" });
    expect(await attempt(url.replace(/\/postgres$/, "/nowhere"))).toMatchObject({ code: "database.missing" });
    expect(await attempt(`${url}?sslmode=require`)).toMatchObject({ code: "database.tlsUnsupported" });
    expect(await attempt(url.replace(/:\d+\//, ":1/"))).toMatchObject({ code: "database.refused" });
  });
});
