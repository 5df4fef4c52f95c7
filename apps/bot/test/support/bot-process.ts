import { createChannel, createProcessPort, type Channel, type EventDefinition } from "@blacksky/ipc";
import { systemClock } from "@blacksky/machine";
import { connection, control, health, outbox, pairing, session, type Pairing } from "@blacksky/protocol";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { sampleHealth } from "./sample-health.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

type Body<Definition> = Definition extends EventDefinition<string, infer Schema> ? Schema["_output"] : never;

/** What a bot has told its parent, oldest first. */
export interface Told {
  readonly pairings: Pairing[];
  readonly opened: number[];
  readonly closed: Body<typeof connection.socketClosed>[];
  readonly restarts: string[];
  readonly positions: number[];
  readonly activity: number[];
  counts: Body<typeof outbox.counted>;
}

/** A bot as a real process; the test is its runner and its keeper. */
export interface BotProcess {
  readonly child: ChildProcess;
  readonly channel: Channel;
  readonly told: Told;
  /** Both streams, everything so far. */
  output(): string;
  connect(): Promise<void>;
  waitForPairing<State extends Pairing["state"]>(state: State): Promise<Extract<Pairing, { state: State }>>;
  waitUntilOpen(): Promise<void>;
  shutdown(deadlineMs?: number): Promise<{ unfinished: number }>;
  /** Kill -9. */
  kill(): Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

export interface BotProcessOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Connect at the start and after each close, as the keeper would; on by default. */
  readonly keepConnected?: boolean;
}

const listen = (channel: Channel): Told => {
  const told: Told = {
    pairings: [],
    opened: [],
    closed: [],
    restarts: [],
    positions: [],
    activity: [],
    counts: { pending: 0, retrying: 0, dead: 0, delivered: 0 },
  };
  channel.on(pairing.changed, (shown) => told.pairings.push(shown));
  channel.on(connection.socketOpened, ({ generation }) => told.opened.push(generation));
  channel.on(connection.socketClosed, (closed) => told.closed.push(closed));
  channel.on(control.restartRequested, ({ scope }) => told.restarts.push(scope));
  channel.on(session.changed, ({ position }) => told.positions.push(position));
  channel.on(connection.activitySeen, ({ at }) => told.activity.push(at));
  channel.on(outbox.counted, (counts) => {
    told.counts = counts;
  });
  channel.handle(health.read, () => sampleHealth);
  return told;
};

/** Starts the built bot, which is up in a fifth of the time that its source takes. */
export const startBotProcess = ({ dataDir, env = {}, keepConnected = true }: BotProcessOptions): BotProcess => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing. Run \`npx pnpm build\` first.`);
  const child = fork(MAIN, {
    cwd: ROOT,
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], NODE_ENV: "production", DATA_DIR: dataDir, ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const channel = createChannel({
    port: createProcessPort(child),
    onViolation: (error) => {
      throw error;
    },
  });
  const told = listen(channel);
  let generation = 0;
  let allow = (): void => undefined;
  const isAllowed = new Promise<void>((resolve) => (allow = resolve));
  const connect = async (): Promise<void> => {
    // What the bot tells before it is up may be seen before that.
    await isAllowed;
    generation += 1;
    const notAfterMs = systemClock.monotonic() + 10_000;
    await channel.request(connection.connect, { generation, notAfterMs, resumedAt: null }, { deadlineMs: 10_000 });
  };
  const follow = (): void => {
    // A bot that is ending refuses; the tests look at what it tells.
    if (keepConnected) connect().catch(() => undefined);
  };
  channel.on(connection.executorStarted, () => {
    channel.emit(session.socketAllowed, { until: null });
    allow();
    follow();
  });
  channel.on(connection.socketClosed, follow);
  channel.emit(session.available, {});

  /** Waits for news of this bot; its log says the most when they do not come. */
  const wait = async <T>(what: string, probe: () => T | undefined | false): Promise<T> => {
    try {
      return await eventually(what, probe);
    } catch (error) {
      throw new Error(`${String(error)} Exit code: ${String(child.exitCode)}\n${text}`, { cause: error });
    }
  };

  return {
    child,
    channel,
    told,
    output: () => text,
    connect,
    waitForPairing: (state) =>
      wait(`the pairing is ${state}`, () => {
        const shown = told.pairings.at(-1);
        return shown?.state === state && (shown as Extract<Pairing, { state: typeof state }>);
      }),
    waitUntilOpen: async () => {
      const before = told.closed.length;
      await wait("the socket opens", () => told.opened.length > 0 && told.closed.length >= before);
    },
    shutdown: (deadlineMs = 10_000) =>
      channel.request(control.shutdown, { deadlineMs }, { deadlineMs: deadlineMs + 5000 }),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
    exited,
  };
};
