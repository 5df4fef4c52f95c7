import { afterEach, describe, expect, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import { notificationIdOf, outbox, type Notification, type NotificationStatus } from "@blacksky/protocol";
import type { NotificationDesk } from "../routing/notification-desk.ts";
import { createServer } from "./server.ts";
import { idleSources, TOKEN } from "./testing/idle-sources.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const KEYLESS = "ntf_aaaaaaaaaaaaaaaaaaaaaaaa";
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

const statusOf = (id: string, state: NotificationStatus["state"] = "available"): NotificationStatus => ({
  id,
  state,
  attempts: 2,
  createdAt: NOW,
  changedAt: NOW + 1_000,
  nextAttemptAt: null,
  lastError: "WhatsApp was away",
});

interface Sent {
  readonly token?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

/** A server whose desk takes each id once; `taken` is what it was given. */
const setUp = async (more: Partial<NotificationDesk> = {}, scope: "public" | "monitors" = "public") => {
  const taken: { id: string; notification: Notification }[] = [];
  const notifications: NotificationDesk = {
    idOf: (key) => (key === undefined ? KEYLESS : notificationIdOf("TEST", key)),
    notify(id, notification) {
      // What the protocol would refuse would end the process that gets it.
      outbox.enqueue.body.parse({ id, notification });
      const isNew = taken.every((known) => known.id !== id);
      if (isNew) taken.push({ id, notification });
      return Promise.resolve({ isNew, status: statusOf(id) });
    },
    read: (id) => Promise.resolve(taken.some((known) => known.id === id) ? statusOf(id, "sent") : null),
    ...more,
  };
  const sources = idleSources({ now: () => NOW, notifications });
  const server = createServer(sources, scope);
  opened.push(server);
  const url = `${await server.listen({ host: "127.0.0.1", port: 0 })}/api/notifications`;
  const ask = async (init: RequestInit, path = "", token = TOKEN) => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) };
    const reply = await fetch(url + path, { ...init, headers });
    return { status: reply.status, headers: reply.headers, body: await reply.json() };
  };
  const post = (body: unknown, { token, type = "application/json", headers }: Sent = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return ask({ method: "POST", headers: { "content-type": type, ...headers }, body: text }, "", token);
  };
  return { taken, post, get: (id: string, token?: string) => ask({}, `/${id}`, token) };
};

const GOOD = { to: "4915112345678", text: "Your parcel is there." };
const failing = (code: string) => (): Promise<never> =>
  Promise.reject(new BlackskyError(code, "It said no.", { hint: "Ask nicely." }));

describe("a notification that is handed in", () => {
  test("is taken with 202, its id and its state, and read back", async () => {
    const { taken, post, get } = await setUp();
    const reply = await post(GOOD);
    expect([reply.status, reply.body]).toEqual([202, { id: KEYLESS, state: "available" }]);
    expect(reply.headers.get("location")).toBe(`/api/notifications/${KEYLESS}`);
    expect(taken).toEqual([{ id: KEYLESS, notification: { ...GOOD, priority: 5 } }]);
    const read = await get(KEYLESS);
    expect([read.status, read.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(read.body).toEqual({
      id: KEYLESS,
      state: "sent",
      attempts: 2,
      createdAt: "2026-01-02T03:04:05.000Z",
      changedAt: "2026-01-02T03:04:06.000Z",
      nextAttemptAt: null,
      lastError: "WhatsApp was away",
    });
  });

  test("twice under one key is one, also where the key comes as a header", async () => {
    const { taken, post } = await setUp();
    const id = notificationIdOf("TEST", "parcel-1");
    expect((await post({ ...GOOD, key: "parcel-1" })).body).toEqual({ id, state: "available" });
    const again = await post(GOOD, { headers: { "idempotency-key": "parcel-1" } });
    expect([again.status, again.body]).toEqual([202, { id, state: "available", duplicate: true }]);
    const other = await post({ ...GOOD, key: "parcel-2" }, { headers: { "idempotency-key": "parcel-1" } });
    expect(other.body).toMatchObject({ id: notificationIdOf("TEST", "parcel-2") });
    expect(taken.map(({ notification }) => notification.key)).toEqual(["parcel-1", "parcel-2"]);
  });

  test("takes times as people and as programs write them", async () => {
    const { taken, post } = await setUp();
    const times = { notBefore: "2026-01-02T05:00:00+01:00", expiresAt: NOW + 7_200_000 };
    expect((await post({ ...GOOD, to: "owner", priority: 0, ...times })).status).toBe(202);
    expect(taken[0]?.notification).toMatchObject({
      to: "owner",
      priority: 0,
      notBefore: Date.parse("2026-01-02T04:00:00Z"),
      expiresAt: NOW + 7_200_000,
    });
  });

  test("that has expired is refused, unless it was accepted before", async () => {
    const { taken, post } = await setUp();
    const late = { ...GOOD, key: "k", expiresAt: NOW };
    expect(await post(late)).toMatchObject({ status: 400, body: { error: { code: "notification.expired" } } });
    expect((await post({ ...GOOD, expiresAt: 1_767_322_000 })).body).toMatchObject({
      error: { hint: expect.stringContaining("not seconds") },
    });
    await post({ ...GOOD, key: "k" });
    expect(await post(late)).toMatchObject({ status: 202, body: { state: "sent", duplicate: true } });
    expect(taken).toHaveLength(1);
  });
});

describe("what is no notification", () => {
  test.each([
    [{ text: "x" }, "notification.badField", "to: "],
    [{ to: GOOD.to }, "notification.badField", "text: "],
    [{ ...GOOD, text: "" }, "notification.badField", "text: "],
    [{ ...GOOD, text: 7 }, "notification.badField", "text: "],
    [{ ...GOOD, to: "somebody" }, "notification.badField", "expected a phone number"],
    [{ ...GOOD, to: "0151123456" }, "notification.badField", "to: "],
    [{ ...GOOD, priority: 10 }, "notification.badField", "priority: "],
    [{ ...GOOD, priority: "high" }, "notification.badField", "priority: "],
    [{ ...GOOD, key: "" }, "notification.badField", "key: "],
    [{ ...GOOD, key: "x".repeat(201) }, "notification.badField", "key: "],
    [{ ...GOOD, notBefore: "tomorrow" }, "notification.badField", "notBefore: expected a time"],
    [{ ...GOOD, notBefore: "2026-01-02" }, "notification.badField", "notBefore: "],
    [{ ...GOOD, expiresAt: "1969-12-31T23:59:59Z" }, "notification.badField", "expiresAt: "],
    [{ ...GOOD, expiresAt: 1e300 }, "notification.badField", "expiresAt: "],
    [{ ...GOOD, expiresAt: NOW + 5, notBefore: NOW + 5 }, "notification.neverDue", "before it is due"],
    [{ ...GOOD, colour: "red", size: 1 }, "notification.unknownField", '"colour", "size"'],
    [[], "notification.badField", "object"],
    ["7", "notification.badField", "object"],
    ["null", "notification.badField", "object"],
    ['{"to": "49151', "notification.badBody", "JSON"],
    ["", "notification.badBody", "JSON"],
  ])("is refused with what is wrong: %j", async (body, code, words) => {
    const { taken, post } = await setUp();
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { error: { code, message: expect.stringContaining(words), hint: expect.any(String) } },
    });
    expect(taken).toEqual([]);
  });

  test("is refused as text, as a form, and with a key that is too long in the header", async () => {
    const { taken, post } = await setUp();
    const text = JSON.stringify(GOOD);
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      expect((await post(text, { type })).status).toBe(400);
    }
    expect((await post(GOOD, { headers: { "idempotency-key": "x".repeat(201) } })).status).toBe(400);
    expect(taken).toEqual([]);
  });

  test("is 413 with a text that no message holds, and the longest one is taken in whatever spelling", async () => {
    const { taken, post } = await setUp();
    const longest = "ü".repeat(outbox.LONGEST_TEXT);
    for (const text of [`${longest}x`, longest.repeat(10)]) {
      const body = { error: { code: "notification.tooLong", hint: expect.any(String) } };
      expect(await post({ ...GOOD, text })).toMatchObject({ status: 413, body });
    }
    expect(taken).toEqual([]);
    const escaped = `{"to":"owner","text":"${String.raw`\u00fc`.repeat(outbox.LONGEST_TEXT)}"}`;
    expect((await post(escaped)).status).toBe(202);
    expect(taken[0]?.notification.text).toBe(longest);
  });
});

describe("who may hand in and ask", () => {
  test("is who has the token, on the public port", async () => {
    const { taken, post, get } = await setUp();
    expect((await post(GOOD, { token: "another" })).status).toBe(401);
    expect((await get(KEYLESS, "another")).status).toBe(401);
    const monitors = await setUp({}, "monitors");
    expect((await monitors.post(GOOD)).status).toBe(404);
    expect((await monitors.get(KEYLESS)).status).toBe(404);
    expect([...taken, ...monitors.taken]).toEqual([]);
  });
});

describe("an answer that cannot be given", () => {
  test.each([
    ["outbox.notTaken", 503, "5"],
    ["outbox.full", 503, "60"],
    ["outbox.recipient", 400, null],
  ])("%s is %d in words", async (code, status, retryAfter) => {
    const { post } = await setUp({ notify: failing(code) });
    const reply = await post(GOOD);
    expect(reply).toMatchObject({ status, body: { error: { code, message: "It said no.", hint: "Ask nicely." } } });
    expect(reply.headers.get("retry-after")).toBe(retryAfter);
  });

  test("an unexpected failure's words stay with the server", async () => {
    const { post, get } = await setUp({ notify: failing("store.corrupt"), read: failing("store.corrupt") });
    for (const reply of [await post(GOOD), await get(KEYLESS)]) {
      expect(reply.status).toBe(500);
      expect(JSON.stringify(reply.body)).not.toContain("It said no.");
    }
  });

  test("nobody knows it: 404; nobody can be asked: 503", async () => {
    const { get } = await setUp();
    for (const id of [KEYLESS, "ntf_x", "..%2f..%2fetc"]) {
      expect(await get(id)).toMatchObject({ status: 404, body: { error: { code: "notification.unknown" } } });
    }
    const blind = await (await setUp({ read: failing("outbox.outOfSight") })).get(KEYLESS);
    expect([blind.status, blind.headers.get("retry-after")]).toEqual([503, "5"]);
  });
});
