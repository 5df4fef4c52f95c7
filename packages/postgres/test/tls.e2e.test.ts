import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { connectionOptions } from "../src/connection-options.ts";
import { isRetryable, openDatabase } from "../src/index.ts";
import { selfSign, speakTls, startTestServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/index.ts";

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), "blacksky-tls-"));
  const certificate = selfSign(["localhost"]);
  writeFileSync(join(folder, "root.crt"), certificate.certificate);
  writeFileSync(join(folder, "other.crt"), selfSign(["localhost"]).certificate);
  await speakTls(server, certificate, true);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Connects by a host and with parameters; resolves with whether the way is encrypted, or with what was thrown. */
const connect = async (host: string, parameters: Record<string, string> = {}): Promise<unknown> => {
  const url = new URL(server.connectionString);
  url.hostname = host;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const database = openDatabase({ connectionString: url.href, applicationName: "test", connectTimeoutMs: 5_000 });
  try {
    return await database.row("select ssl as encrypted from pg_stat_ssl where pid = pg_backend_pid()");
  } catch (error) {
    return error;
  } finally {
    await database.close();
  }
};

const ENCRYPTED = { encrypted: true };

describe("a PostgreSQL that demands TLS and signs its own certificate, as Heroku's", () => {
  test.each(["require", "no-verify"])("is reached with sslmode=%s", async (sslmode) => {
    expect(await connect("localhost", { sslmode })).toEqual(ENCRYPTED);
    expect(await connect("127.0.0.1", { sslmode })).toEqual(ENCRYPTED);
  });

  test("is reached on another machine without a word about TLS in the URL", () => {
    expect(connectionOptions("postgres://u:p@ec2-1-2-3-4.compute-1.amazonaws.com:5432/n").ssl).toEqual({
      rejectUnauthorized: false,
    });
  });

  test.each(["verify-ca", "verify-full"])("is refused with sslmode=%s, which says what to do", async (sslmode) => {
    const refused = await connect("localhost", { sslmode });
    expect(refused).toMatchObject({
      code: "database.tlsCertificate",
      message: "PostgreSQL's certificate could not be verified.",
      hint: expect.stringContaining("sslmode=require"),
    });
    // Nobody's patience makes a certificate another one.
    expect(isRetryable(refused)).toBe(false);
  });

  test("is reached with sslmode=verify-full when the authority is named, by the name that it is for", async () => {
    const sslrootcert = join(folder, "root.crt");
    expect(await connect("localhost", { sslmode: "verify-full", sslrootcert })).toEqual(ENCRYPTED);
    expect(await connect("127.0.0.1", { sslmode: "verify-full", sslrootcert })).toMatchObject({
      code: "database.tlsCertificate",
    });
  });

  test("is refused with sslmode=verify-full when another authority is named", async () => {
    const sslrootcert = join(folder, "other.crt");
    expect(await connect("localhost", { sslmode: "verify-full", sslrootcert })).toMatchObject({
      code: "database.tlsCertificate",
    });
  });

  test("tells who comes without TLS what to add to the URL", async () => {
    const plain = { code: "database.tlsRequired", hint: expect.stringContaining("sslmode=require") };
    expect(await connect("localhost", { sslmode: "disable" })).toMatchObject(plain);
    // On this machine nothing is encrypted unless the URL asks for it.
    expect(await connect("localhost")).toMatchObject(plain);
  });
});

describe("a PostgreSQL that offers TLS", () => {
  beforeAll(() => speakTls(server, selfSign(["localhost"]), false));

  test("is reached in the clear on this machine, and encrypted when asked", async () => {
    expect(await connect("localhost")).toEqual({ encrypted: false });
    expect(await connect("localhost", { sslmode: "disable" })).toEqual({ encrypted: false });
    expect(await connect("localhost", { sslmode: "require" })).toEqual(ENCRYPTED);
    expect(await connect("localhost", { ssl: "true" })).toEqual(ENCRYPTED);
  });
});
