import { afterEach, describe, expect, test } from "@jest/globals";
import { BlackskyError } from "@blacksky/errors";
import { createServer } from "./server.ts";

const TOKEN = "0123456789abcdef";
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

const post = async (
  snapshot: () => Promise<string>,
  { token = TOKEN, scope = "public" }: { token?: string; scope?: "public" | "monitors" } = {},
): Promise<{ status: number; body: unknown }> => {
  const unused = (): never => {
    throw new Error("not asked for here");
  };
  const sources = { health: unused, pairing: unused, draining: () => false, adminToken: () => TOKEN, snapshot };
  const server = createServer(sources, scope);
  opened.push(server);
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const headers = { authorization: `Bearer ${token}` };
  const reply = await fetch(`${url}/api/actions/backup`, { method: "POST", headers });
  return { status: reply.status, body: await reply.json() };
};

const failing = (code: string) => (): Promise<string> => Promise.reject(new BlackskyError(code, "It said no."));

describe("POST /api/actions/backup", () => {
  test("answers with the snapshot's id", async () => {
    expect(await post(async () => "snapshot-1")).toEqual({ status: 202, body: { id: "snapshot-1" } });
  });

  test("takes none without the token, and is not on the monitors' port", async () => {
    let taken = 0;
    const count = async (): Promise<string> => {
      taken += 1;
      return "snapshot-1";
    };
    expect((await post(count, { token: "another" })).status).toBe(401);
    expect((await post(count, { scope: "monitors" })).status).toBe(404);
    expect(taken).toBe(0);
  });

  test("says why there is none", async () => {
    const empty = await post(failing("backup.emptySession"));
    expect(empty).toEqual({ status: 409, body: { error: { code: "backup.emptySession", message: "It said no." } } });
    expect((await post(failing("backup.notReady"))).status).toBe(503);
    expect((await post(failing("ipc.noReceiver"))).status).toBe(503);
  });

  test("keeps an unexpected failure's words to itself", async () => {
    const broken = await post(failing("store.corrupt"));
    expect(broken.status).toBe(500);
    expect(JSON.stringify(broken.body)).not.toContain("It said no.");
  });
});
