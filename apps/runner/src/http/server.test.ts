import { afterEach, describe, expect, test } from "@jest/globals";
import { parseEnv } from "@blacksky/config";
import type { Health, Pairing, RecordSizes } from "@blacksky/protocol";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { describeHealth } from "../health/describe-health.ts";
import { parseMetrics } from "../../test/parse-metrics.ts";
import { createNews } from "../health/news.ts";
import { isAuthorised } from "./authorise.ts";
import { openHttp } from "./open-http.ts";
import { createServer } from "./server.ts";
import type { HttpSources } from "./sources.ts";
import { idleSources, TOKEN } from "./testing/idle-sources.ts";

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
    memory: { quotaMb: 512, usage: [], level: "normal", forecast: null, optimizationEnabled: true },
  });
};

const sampleCode = (): Pairing => ({ state: "code", code: "ABCD1234", expiresAt: 5 });

const sources = ({ pairing, ...more }: Partial<HttpSources> = {}): HttpSources =>
  idleSources({
    health: () => healthOf("open"),
    recordSizes: async () => [],
    pairing: pairing ?? sampleCode,
    pairingVisited: () => undefined,
    news: () => ({ ...createNews(), connection: null, pairing: (pairing ?? sampleCode)() }),
    snapshot: async () => "snapshot-1",
    restore: async () => 7,
    logOut: async () => "snapshot-1",
    clearSession: async () => "snapshot-1",
    reconnect: async () => undefined,
    restart: async () => undefined,
    ...more,
  });

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

type Ask = (
  path: string,
  authorization?: string,
) => Promise<{ status: number; headers: Headers; text: string; body: unknown }>;

/** A server that listens, as a function of the path. */
const serve = async (more: Partial<HttpSources> = {}, scope: "public" | "monitors" = "public"): Promise<Ask> => {
  const server = createServer(sources(more), scope);
  opened.push(server);
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return async (path, authorization) => {
    const reply = await fetch(`${url}${path}`, { headers: authorization === undefined ? {} : { authorization } });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, text, body: JSON.parse(text) as unknown };
  };
};

describe("monitoring endpoints", () => {
  test.each(["public", "monitors"] as const)("are on the %s port and need no token", async (scope) => {
    const ask = await serve({}, scope);
    for (const path of ["/live", "/ready", "/health", "/health/"]) expect((await ask(path)).status).toBe(200);
    expect((await ask("/health")).body).toMatchObject({ status: "degraded", connection: { state: "open" } });
  });

  test("say on /live who answers, and whether the call came through a router, for the bot's own calls", async () => {
    const server = createServer(sources(), "public");
    opened.push(server);
    const url = `${await server.listen({ host: "127.0.0.1", port: 0 })}/live`;
    const direct = await fetch(url);
    expect(direct.headers.get("x-blacksky-instance")).toBe("our-name");
    expect(direct.headers.get("x-blacksky-forwarded")).toBe("false");
    expect(direct.headers.get("cache-control")).toBe("no-store");
    const forwarded = await fetch(url, { headers: { "x-forwarded-for": "203.0.113.7" } });
    expect(forwarded.headers.get("x-blacksky-forwarded")).toBe("true");
  });

  test("are not ready while WhatsApp is not open, nor while draining", async () => {
    const connecting = await serve({ health: () => healthOf("backing-off") });
    const draining = await serve({ draining: () => true });
    expect((await connecting("/ready")).status).toBe(503);
    expect((await draining("/ready")).status).toBe(503);
    expect((await draining("/live")).status).toBe(200);
  });

  test("answer 503 for an error only", async () => {
    const loggedOut = await (await serve({ health: () => healthOf("logged-out") }))("/health");
    expect(loggedOut).toMatchObject({ status: 503, body: { status: "error" } });
    const pairing = await serve({ health: () => healthOf("pairing") });
    expect((await pairing("/health")).status).toBe(200);
  });
});

describe("GET /metrics", () => {
  test.each(["public", "monitors"] as const)(
    "is text for Prometheus on the %s port, without a token",
    async (scope) => {
      const classes = [0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      const recordSizes = async (): Promise<RecordSizes[]> => [{ kind: "pre-key", bytes: 700, classes }];
      const server = createServer(sources({ recordSizes }), scope);
      opened.push(server);
      const url = await server.listen({ host: "127.0.0.1", port: 0 });
      const reply = await fetch(`${url}/metrics`);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
      const metrics = parseMetrics(await reply.text());
      expect(metrics["blacksky_connection_state"]?.samples['blacksky_connection_state{state="open"}']).toBe(1);
      expect(metrics["blacksky_session_record_bytes"]?.samples).toMatchObject({
        'blacksky_session_record_bytes_count{kind="pre-key"}': 7,
      });
    },
  );
});

describe("the pairing endpoint", () => {
  test("answers with the token only, and is never cached", async () => {
    const ask = await serve();
    const refused = await ask("/api/pairing");
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain("ABCD1234");
    const given = await ask("/api/pairing", `Bearer ${TOKEN}`);
    expect(given.body).toEqual({ state: "code", code: "ABCD1234", expiresAt: 5 });
    expect(given.headers.get("cache-control")).toBe("no-store");
  });

  test("is closed while there is no token yet, and absent on the monitors' port", async () => {
    const early = await serve({ adminToken: () => undefined });
    expect((await early("/api/pairing", "Bearer undefined")).status).toBe(401);
    const monitors = await serve({}, "monitors");
    expect((await monitors("/api/pairing", `Bearer ${TOKEN}`)).status).toBe(404);
  });
});

describe("the pairing page", () => {
  const open = async (more: Partial<HttpSources> = {}): Promise<string> => {
    const server = createServer(sources(more), "public");
    opened.push(server);
    return `${await server.listen({ host: "127.0.0.1", port: 0 })}/pair`;
  };
  const give = (url: string, token: string): Promise<Response> =>
    fetch(url, { method: "POST", body: new URLSearchParams({ token }), redirect: "manual" });

  test("asks for the token first, and says when it was another", async () => {
    const url = await open();
    const door = await fetch(url);
    expect(door.status).toBe(401);
    expect(await door.text()).not.toContain("ABCD");
    const refused = await give(url, "0123456789abcdee");
    expect(refused.status).toBe(401);
    expect(await refused.text()).toContain("not the token");
    expect(refused.headers.get("set-cookie")).toBeNull();
  });

  test("shows the code to whoever gave the token, by a cookie that no script and no other site can use", async () => {
    const url = await open();
    const entered = await give(url, TOKEN);
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/pair"]);
    const cookie = entered.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
    const shown = await fetch(url, { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(shown.status).toBe(200);
    expect(shown.headers.get("cache-control")).toBe("no-store");
    expect(await shown.text()).toContain("ABCD-1234");
  });

  test("draws a QR, and says how it is when there is nothing to scan", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const qr = await open({ pairing: () => ({ state: "qr", qr: "https://wa.me/x#1,2,3", expiresAt: 5 }) });
    expect(await (await fetch(qr, { headers })).text()).toContain("<svg");
    const paired = await open({ pairing: () => ({ state: "paired" }) });
    expect(await (await fetch(paired, { headers })).text()).toContain("on its way up");
  });

  test("takes no long form", async () => {
    expect((await give(await open(), "x".repeat(5000))).status).toBe(413);
  });
});

describe("what goes wrong", () => {
  test("is told as JSON: an unknown path, and a fault without its details", async () => {
    const ask = await serve({
      health: () => {
        throw new Error("postgres://secret");
      },
    });
    expect((await ask("/nowhere")).body).toMatchObject({ error: { code: "http.notFound" } });
    const fault = await ask("/health");
    expect(fault.status).toBe(500);
    expect(fault.text).not.toContain("secret");
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
