import { BlackskyError } from "@blacksky/errors";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createNews, type News } from "../health/news.ts";
import { sessionStatus } from "../health/testing/session-status.ts";
import { describeConnection } from "./connection-words.ts";
import { createServer } from "./server.ts";
import { idleSources, TOKEN } from "./testing/idle-sources.ts";

const AUTHORISED = { authorization: `Bearer ${TOKEN}` };
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

type Picture = NonNullable<News["connection"]>;

const newsOf = (state: Picture["state"], more: Partial<Picture> = {}): News => {
  const news = createNews();
  news.pairing = { state: "paired" };
  const lastDisconnect = { code: 440, reason: "Another <program> uses this session.", at: 0 };
  news.connection = { state, since: 0, reconnectAttempts: 0, nextAttemptAt: null, lastDisconnect, ...more };
  return news;
};

const open = async (news: News, reconnect: (reason: string) => Promise<void> = () => Promise.resolve()) => {
  const sources = idleSources({ pairingVisited: () => undefined, news: () => news, reconnect });
  const server = createServer(sources, "public");
  opened.push(server);
  return server.listen({ host: "127.0.0.1", port: 0 });
};

const press = (url: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${url}/pair/reconnect`, { method: "POST", headers, body: new URLSearchParams(), redirect: "manual" });

describe("the page about a connection", () => {
  test("says what it is, why, and what to do, and has a button and no script", async () => {
    const url = await open(newsOf("replaced"));
    const reply = await fetch(`${url}/pair`, { headers: AUTHORISED });
    const html = await reply.text();
    expect(html).toContain("Another program has the session");
    expect(html).toContain("Another &#60;program&#62; uses this session.");
    expect(html).toContain('<form method="post" action="/pair/reconnect"><button>Go on</button></form>');
    expect(html).not.toContain("<script");
    expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("goes on when the button is pressed, for whoever has the token only", async () => {
    const reasons: string[] = [];
    const url = await open(newsOf("logged-out"), async (reason) => void reasons.push(reason));
    expect((await press(url, {})).status).toBe(401);
    expect((await press(url, { cookie: "blacksky_token=0123456789abcdee" })).status).toBe(401);
    expect(reasons).toEqual([]);
    const reply = await press(url, { cookie: `blacksky_token=${TOKEN}` });
    expect([reply.status, reply.headers.get("location")]).toEqual([303, "/pair"]);
    expect(reasons).toEqual(["asked for on the page /pair"]);
  });

  test("says why the button did nothing, and leads back", async () => {
    const held = new BlackskyError("connection.held", "WhatsApp asked for a pause.", { hint: "Wait for it." });
    const reply = await press(await open(newsOf("backing-off"), () => Promise.reject(held)), AUTHORISED);
    expect(reply.status).toBe(409);
    const html = await reply.text();
    expect(html).toContain("WhatsApp asked for a pause.");
    expect(html).toContain("Wait for it.");
    expect(html).toContain("url=/pair");
  });

  test("keeps an unexpected failure's words to itself", async () => {
    const broken = new Error("postgres://secret");
    const reply = await press(await open(newsOf("stopped"), () => Promise.reject(broken)), AUTHORISED);
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toContain("secret");
  });
});

describe("a connection in plain words", () => {
  const buttons: Record<Picture["state"], string | null> = {
    standby: null,
    pairing: null,
    connecting: null,
    open: null,
    "backing-off": "Try now",
    "logged-out": "Link a phone",
    replaced: "Go on",
    refused: "Try again",
    stopped: "Connect",
  };
  test.each(Object.entries(buttons))("%s: what can be pressed is %j", (state, button) => {
    const words = describeConnection(newsOf(state as Picture["state"]));
    expect(words.button).toBe(button);
    expect(words.sentences.join(" ")).toMatch(/\.$/);
  });

  test("tells when the next attempt is due, and offers a new code to who has none", () => {
    const news = newsOf("backing-off", { nextAttemptAt: Date.parse("2026-01-02T03:04:05Z") });
    expect(describeConnection(news).sentences.at(-1)).toContain("at 03:04:05 UTC");
    news.pairing = { state: "none" };
    expect(describeConnection(news).button).toBe("Show a new code");
  });

  test("a standby has nothing to press, whatever was told before", () => {
    const news = newsOf("logged-out");
    news.session = sessionStatus("standby");
    expect(describeConnection(news)).toMatchObject({ title: "Standing by", button: null });
  });
});
