import type { Health, Pairing } from "@blacksky/protocol";
import { identify, isAlive, type ProcessIdentity } from "@blacksky/supervisor";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "./wait-for.ts";

/** A whole runner with its workers, as real processes in a process group of their own. */
export interface Tree {
  readonly pid: number;
  readonly url: string;
  readonly monitorsUrl: string;
  /** Everything the tree has printed. */
  output(): string;
  health(): Promise<Health>;
  waitForHealth(what: string, predicate: (health: Health) => boolean, deadlineMs?: number): Promise<Health>;
  waitUntilOpen(deadlineMs?: number): Promise<Health>;
  pairing(): Promise<Pairing>;
  waitForPairing<State extends Pairing["state"]>(state: State): Promise<Extract<Pairing, { state: State }>>;
  /** Asks for an action, `POST /api/actions/…`, as a person does over HTTP. */
  act(action: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>;
  workerPid(id: keyof Health["workers"]): Promise<number>;
  /** One signal to the runner alone, or to every process of the group as a dyno gets it. */
  signal(signal: NodeJS.Signals, to?: "runner" | "group"): void;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Every process that this tree ever had and that is still there. */
  survivors(): readonly ProcessIdentity[];
  /** Ends it in order; kills what does not end. */
  stop(): Promise<void>;
}

export interface TreeOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another runner bundle than the built one, such as that of a production copy. */
  readonly script?: string;
}

export const ADMIN_TOKEN = "test-token-0123456789";
const BUILT_RUNNER = fileURLToPath(new URL("../../../apps/runner/dist/main.js", import.meta.url));

/** Starts the built runner; only `env` and the harness's own settings reach it. */
export const spawnRunner = ({ dataDir, env, script }: TreeOptions): ReturnType<typeof spawn> => {
  const built = script ?? BUILT_RUNNER;
  if (!existsSync(built)) throw new Error(`${built} is missing. Run \`npx pnpm build\` first.`);
  return spawn(process.execPath, [built], {
    detached: true,
    // Nobody's `.env` is to be read here.
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "",
      NODE_ENV: "production",
      DATA_DIR: dataDir,
      LISTEN_HOST: "127.0.0.1",
      PORT: "0",
      HEALTH_CHECK_PORT: "0",
      ADMIN_TOKEN,
      RECONNECT_INITIAL_DELAY: "200",
      RECONNECT_MAX_DELAY: "2000",
      ...env,
    },
  });
};

const lineWith = (output: string, message: string): Record<string, unknown> | undefined => {
  const line = output.split("\n").find((candidate) => candidate.includes(`"message":"${message}"`));
  return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
};

/** Starts a tree and waits until its web ports answer. */
export const startTree = async (options: TreeOptions): Promise<Tree> => {
  const child = spawnRunner(options);
  const { pid } = child;
  if (pid === undefined) throw new Error("The runner was not started.");
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const exited = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const known = new Map<number, ProcessIdentity>([[pid, identify(pid)]]);
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;

  const listening = await waitFor(
    "the runner listens",
    () => {
      if (ended()) throw new Error(`The runner ended with ${String(child.exitCode)}:\n${text}`);
      return lineWith(text, "Listening.");
    },
    10_000,
  );
  const url = `http://127.0.0.1:${String(listening["port"])}`;
  const monitorsUrl = `http://127.0.0.1:${String(listening["health_check_port"])}`;

  const health = async (): Promise<Health> => {
    const body = (await (await fetch(`${monitorsUrl}/health`)).json()) as Health;
    for (const worker of Object.values(body.workers)) {
      if (worker.pid !== null && !known.has(worker.pid)) known.set(worker.pid, identify(worker.pid));
    }
    return body;
  };
  const pairing = async (): Promise<Pairing> => {
    const reply = await fetch(`${url}/api/pairing`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    return (await reply.json()) as Pairing;
  };
  const waitForHealth: Tree["waitForHealth"] = async (what, predicate, deadlineMs = 30_000) => {
    let seen: Health | undefined;
    try {
      return await waitFor(
        what,
        async () => {
          seen = await health();
          return predicate(seen) ? seen : undefined;
        },
        deadlineMs,
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${JSON.stringify(seen)}\n${text.slice(-4000)}`, { cause: error });
    }
  };
  const survivors = (): readonly ProcessIdentity[] => {
    // The lock names workers that no look at the health has met.
    const lock = join(options.dataDir, "runner.lock");
    const recorded = existsSync(lock)
      ? (JSON.parse(readFileSync(lock, "utf8")) as { children: ProcessIdentity[] })
      : null;
    return [...known.values(), ...(recorded?.children ?? [])].filter(isAlive);
  };
  const signal: Tree["signal"] = (name, to = "runner") => void process.kill(to === "group" ? -pid : pid, name);

  return {
    pid,
    url,
    monitorsUrl,
    output: () => text,
    health,
    waitForHealth,
    waitUntilOpen: (deadlineMs) =>
      waitForHealth("WhatsApp is open", (seen) => seen.connection.state === "open", deadlineMs),
    pairing,
    async waitForPairing(state) {
      const found = await waitFor(
        `pairing state ${state}`,
        async () => {
          const now = await pairing();
          return now.state === state ? now : undefined;
        },
        30_000,
      );
      return found as Extract<Pairing, { state: typeof state }>;
    },
    async act(action, body) {
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const request =
        body === undefined
          ? { headers }
          : { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
      const reply = await fetch(`${url}/api/actions/${action}`, { method: "POST", ...request });
      return { status: reply.status, body: await reply.json() };
    },
    async workerPid(id) {
      const seen = await waitForHealth(`${id} runs`, ({ workers }) => workers[id].state === "running");
      return seen.workers[id].pid ?? 0;
    },
    signal,
    exited,
    survivors,
    async stop() {
      if (!ended()) {
        signal("SIGTERM");
        await Promise.race([
          exited,
          waitFor("exit", () => (ended() ? true : undefined), 25_000).catch(() => undefined),
        ]);
      }
      for (const { pid: left } of survivors()) process.kill(left, "SIGKILL");
    },
  };
};
