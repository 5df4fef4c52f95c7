import { afterEach, describe, expect, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import type { ConnectionActions } from "../routing/connection-actions.ts";
import type { SessionActions } from "../routing/session-actions.ts";
import { createServer } from "./server.ts";
import { idleSources, TOKEN } from "./testing/idle-sources.ts";

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

interface Request {
  readonly token?: string;
  readonly scope?: "public" | "monitors";
  /** Sent as it is. */
  readonly body?: string;
}

/** A server whose actions succeed unless told otherwise; `done` is what was asked of them. */
const setUp = (more: Partial<SessionActions & ConnectionActions> = {}) => {
  const done: unknown[] = [];
  const note = <T>(what: unknown, reply: T): Promise<T> => {
    done.push(what);
    return Promise.resolve(reply);
  };
  const actions: SessionActions & ConnectionActions = {
    snapshot: () => note("snapshot", "snapshot-1"),
    restore: (wanted) => note(wanted, 7),
    logOut: () => note("logout", "snapshot-2"),
    clearSession: () => note("clear", "snapshot-3"),
    reconnect: (reason) => note(`reconnect: ${reason}`, undefined),
    restart: (scope) => note(`restart ${scope}`, undefined),
    ...more,
  };
  const sources = idleSources(actions);
  const post = async (
    action: string,
    { token = TOKEN, scope = "public", body }: Request = {},
  ): Promise<{ status: number; body: unknown }> => {
    const server = createServer(sources, scope);
    opened.push(server);
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const headers = { authorization: `Bearer ${token}`, ...json };
    const init = { method: "POST", headers, ...(body === undefined ? {} : { body }) };
    const reply = await fetch(`${url}/api/actions/${action}`, init);
    return { status: reply.status, body: await reply.json() };
  };
  return { done, post };
};

const CONFIRMED = JSON.stringify({ confirm: true });
const RESTORE = JSON.stringify({ id: "snapshot-1", force: true });
const ACTIONS: [string, string | undefined][] = [
  ["backup", undefined],
  ["reconnect", undefined],
  ["restart", undefined],
  ["restore", RESTORE],
  ["logout", CONFIRMED],
  ["clear-session", CONFIRMED],
];

const failing = (code: string) => (): Promise<never> =>
  Promise.reject(new BlackskyError(code, "It said no.", { hint: "Ask nicely." }));

describe("the actions", () => {
  test("answer 202 with what came of it", async () => {
    const { done, post } = setUp();
    expect(await post("backup")).toEqual({ status: 202, body: { id: "snapshot-1" } });
    expect(await post("restore", { body: RESTORE })).toEqual({ status: 202, body: { position: 7 } });
    expect(await post("logout", { body: CONFIRMED })).toEqual({ status: 202, body: { snapshot: "snapshot-2" } });
    expect(await post("clear-session", { body: CONFIRMED })).toEqual({ status: 202, body: { snapshot: "snapshot-3" } });
    expect(done).toEqual(["snapshot", { id: "snapshot-1", force: true }, "logout", "clear"]);
  });

  test("reconnect and restart answer 202, and a restart is the bot's unless all is said", async () => {
    const { done, post } = setUp();
    expect(await post("reconnect")).toEqual({ status: 202, body: { reconnecting: true } });
    expect(await post("restart")).toEqual({ status: 202, body: { restarting: "bot" } });
    expect(await post("restart", { body: '{"scope":"all"}' })).toEqual({ status: 202, body: { restarting: "all" } });
    expect(await post("restart", { body: '{"scope":"keeper"}' })).toMatchObject({
      status: 400,
      body: { error: { code: "http.badBody", hint: expect.any(String) } },
    });
    expect(done).toEqual(["reconnect: asked for over HTTP", "restart bot", "restart all"]);
  });

  test.each(ACTIONS)("%s does nothing without the token, and is not on the monitors' port", async (action, body) => {
    const { done, post } = setUp();
    const sent = body === undefined ? {} : { body };
    expect((await post(action, { ...sent, token: "another" })).status).toBe(401);
    expect((await post(action, { ...sent, scope: "monitors" })).status).toBe(404);
    expect(done).toEqual([]);
  });

  test.each(["logout", "clear-session"])("%s does nothing that is not confirmed", async (action) => {
    const { done, post } = setUp();
    for (const body of [undefined, "{}", '{"confirm":"true"}', '{"confirm":true,"more":1}', "[]"]) {
      const reply = await post(action, body === undefined ? {} : { body });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error: { code: "http.notConfirmed", hint: expect.any(String) } });
    }
    expect(done).toEqual([]);
  });

  test("restore wants to know which, and does not force by itself", async () => {
    const { done, post } = setUp();
    for (const body of [undefined, "{}", '{"id":""}', '{"id":7}', '{"id":"x","force":"yes"}']) {
      const reply = await post("restore", body === undefined ? {} : { body });
      expect(reply.status).toBe(400);
      expect(reply.body).toMatchObject({ error: { code: "http.badBody", hint: expect.any(String) } });
    }
    await post("restore", { body: '{"id":"x"}' });
    expect(done).toEqual([{ id: "x", force: false }]);
  });

  test.each(ACTIONS)("%s refuses what is no JSON, and what is too long", async (action) => {
    const { done, post } = setUp();
    expect((await post(action, { body: '{"confirm":tr' })).status).toBe(400);
    expect((await post(action, { body: JSON.stringify({ confirm: true, id: "x".repeat(5000) }) })).status).toBe(413);
    expect(done).toEqual([]);
  });

  test.each([
    ["backup.olderSnapshot", 409],
    ["backup.noSnapshot", 404],
    ["backup.notReady", 503],
    ["ipc.noReceiver", 503],
  ])("say why nothing was done: %s is %d", async (code, status) => {
    const { post } = setUp({ restore: failing(code) });
    expect(await post("restore", { body: RESTORE })).toEqual({
      status,
      body: { error: { code, message: "It said no.", hint: "Ask nicely." } },
    });
  });

  test("say why there is no snapshot, no connection or no logout", async () => {
    expect((await setUp({ snapshot: failing("backup.emptySession") }).post("backup")).status).toBe(409);
    expect((await setUp({ reconnect: failing("connection.held") }).post("reconnect")).status).toBe(409);
    expect((await setUp({ restart: failing("runner.draining") }).post("restart")).status).toBe(503);
    const { post } = setUp({ logOut: failing("session.notPaired") });
    expect((await post("logout", { body: CONFIRMED })).status).toBe(409);
  });

  test("keep an unexpected failure's words to themselves", async () => {
    const broken = await setUp({ snapshot: failing("store.corrupt") }).post("backup");
    expect(broken.status).toBe(500);
    expect(JSON.stringify(broken.body)).not.toContain("It said no.");
  });
});
