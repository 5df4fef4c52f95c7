import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, waitFor, type World } from "@blacksky/harness";
import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const DEADLINE_MS = 60_000;

let world: World;
let router: Server;
let target = "";
const agents: (string | undefined)[] = [];

beforeAll(async () => {
  world = await createWorld();
  // As a platform's router: passes calls on, and says for whom.
  router = createServer((request, reply) => {
    agents.push(request.headers["user-agent"]);
    if (target === "") return void reply.writeHead(503).end();
    const headers = { ...request.headers, "x-forwarded-for": "203.0.113.7" };
    get(`${target}${String(request.url)}`, { headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    }).on("error", () => void reply.writeHead(503).end());
  }).listen(0, "127.0.0.1");
  await once(router, "listening");
});
afterAll(async () => {
  await world.close();
  router.closeAllConnections();
  router.close();
});

test("a tree with a public address calls itself through the router, and knows its own answer", async () => {
  const home = await world.createHome();
  const url = `http://127.0.0.1:${String((router.address() as AddressInfo).port)}`;
  const tree = await home.start({ env: { HEROKU_APP_URL: url, ANTI_IDLE_INTERVAL: "1000" } });
  const logged = (words: string) =>
    waitFor(words, () => (tree.output().includes(words) ? true : undefined), DEADLINE_MS);
  await logged("it cannot wake one that sleeps");
  await logged("it answered HTTP 503");
  target = tree.url;
  await logged("a call came back through the platform's router");
  const other = await home.start({ dataDir: `${home.dataDir}/other`, env: { SESSION_ID: "OTHER" } });
  target = other.url;
  await logged("answered by another instance");
  expect(new Set(agents)).toEqual(new Set(["BLACKSKY-MD anti-idle"]));
  expect(tree.output().split("it answered HTTP 503")).toHaveLength(2);
});
