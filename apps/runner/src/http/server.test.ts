import { describe, expect, test } from "@jest/globals";
import { parseEnv } from "@blacksky/config";
import type { Health, Pairing } from "@blacksky/protocol";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { describeHealth } from "../health/describe-health.ts";
import { createNews } from "../health/news.ts";
import { isAuthorised } from "./authorise.ts";
import { openHttp } from "./open-http.ts";
import { createServer, type HttpSources } from "./server.ts";

const TOKEN = "0123456789abcdef";

const healthOf = (state: Health["connection"]["state"]): Health => {
  const news = createNews();
  news.connection = { state, since: 0, reconnectAttempts: 0, nextAttemptAt: null, lastDisconnect: null };
  return describeHealth({
    now: 1000,
    startedAt: 0,
    version: "0.0.0",
    sessionId: "test",
    news,
    children: [],
    memory: { quotaMb: 512, usedMb: 1, cleanupThreshold: 70, emergencyThreshold: 85, optimizationEnabled: true },
  });
};

const sources = (more: Partial<HttpSources> = {}): HttpSources => ({
  health: () => healthOf("open"),
  pairing: (): Pairing => ({ state: "code", code: "ABCD1234", expiresAt: 5 }),
  draining: () => false,
  adminToken: () => TOKEN,
  ...more,
});

describe("monitoring endpoints", () => {
  test.each(["public", "monitors"] as const)("are on the %s port and need no token", async (scope) => {
    const server = createServer(sources(), scope);
    for (const url of ["/live", "/ready", "/health", "/health/"]) {
      expect((await server.inject(url)).statusCode).toBe(200);
    }
    expect((await server.inject("/health")).json()).toMatchObject({ status: "degraded", connection: { state: "open" } });
  });

  test("are not ready while WhatsApp is not open, nor while draining", async () => {
    const connecting = createServer(sources({ health: () => healthOf("backing-off") }), "monitors");
    const draining = createServer(sources({ draining: () => true }), "monitors");
    expect((await connecting.inject("/ready")).statusCode).toBe(503);
    expect((await draining.inject("/ready")).statusCode).toBe(503);
    expect((await draining.inject("/live")).statusCode).toBe(200);
  });

  test("answer 503 for an error only", async () => {
    const loggedOut = createServer(sources({ health: () => healthOf("logged-out") }), "monitors");
    const reply = await loggedOut.inject("/health");
    expect([reply.statusCode, reply.json<Health>().status]).toEqual([503, "error"]);
    const pairing = createServer(sources({ health: () => healthOf("pairing") }), "monitors");
    expect((await pairing.inject("/health")).statusCode).toBe(200);
  });
});

describe("the pairing endpoint", () => {
  test("answers with the token only, and is never cached", async () => {
    const server = createServer(sources(), "public");
    const refused = await server.inject("/api/pairing");
    expect(refused.statusCode).toBe(401);
    expect(refused.body).not.toContain("ABCD1234");
    const given = await server.inject({ url: "/api/pairing", headers: { authorization: `Bearer ${TOKEN}` } });
    expect(given.json()).toEqual({ state: "code", code: "ABCD1234", expiresAt: 5 });
    expect(given.headers["cache-control"]).toBe("no-store");
  });

  test("is closed while there is no token yet, and absent on the monitors' port", async () => {
    const early = createServer(sources({ adminToken: () => undefined }), "public");
    const headers = { authorization: "Bearer undefined" };
    expect((await early.inject({ url: "/api/pairing", headers })).statusCode).toBe(401);
    const monitors = createServer(sources(), "monitors");
    expect((await monitors.inject({ url: "/api/pairing", headers })).statusCode).toBe(404);
  });
});

describe("what goes wrong", () => {
  test("is told as JSON: an unknown path, and a fault without its details", async () => {
    const failing = createServer(
      sources({
        health: () => {
          throw new Error("postgres://secret");
        },
      }),
      "public",
    );
    expect((await failing.inject("/nowhere")).json()).toMatchObject({ error: { code: "http.notFound" } });
    const fault = await failing.inject("/health");
    expect(fault.statusCode).toBe(500);
    expect(fault.body).not.toContain("secret");
  });

  test("names the variable of a port that is in use, and opens neither", async () => {
    const squatter = createTcpServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    const env = parseEnv({ PORT: "0", HEALTH_CHECK_PORT: String(port), LISTEN_HOST: "127.0.0.1" });
    const attempt = openHttp(env, sources());
    await expect(attempt).rejects.toMatchObject({
      code: "runner.port",
      message: expect.stringContaining(`${String(port)} (HEALTH_CHECK_PORT) is in use`),
    });
    squatter.close();
  });
});

describe("authorisation", () => {
  test("takes the bearer token and nothing like it", () => {
    expect(isAuthorised(`Bearer ${TOKEN}`, TOKEN)).toBe(true);
    expect(isAuthorised(`bearer  ${TOKEN}`, TOKEN)).toBe(true);
    for (const header of [undefined, "", TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, "Bearer "]) {
      expect(isAuthorised(header, TOKEN)).toBe(false);
    }
  });
});
