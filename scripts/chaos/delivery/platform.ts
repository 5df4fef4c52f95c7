import { EXIT } from "@blacksky/errors";
import { waitFor, type Tree } from "@blacksky/harness";

/** What Heroku, Docker or systemd is to a tree: it starts it, ends it, and starts it again when it has given up. */
export interface Platform {
  /** How often the tree has ended by itself: a worker kept dying, or what it needs did not come in time. */
  readonly gaveUp: number;
  /** The process of the bot as it is now, or as soon as there is one. */
  botPid(): Promise<number>;
  /** Ends the tree; resolves when all of it is gone. It is not started again. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts the next tree. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
}

const DEADLINE_MS = 60_000;

/** Outages of minutes are shortened to seconds here, and attempts to connect come as much faster: so many more of them. */
export const PATIENCE: Readonly<Record<string, string>> = { RECONNECT_MAX_RETRIES: "1000" };

export type StartTree = (env: Readonly<Record<string, string>>) => Promise<Tree>;

/** A platform on which nothing runs yet. */
export const createPlatform = (startTree: StartTree): Platform => {
  let tree: Tree | undefined;
  let env: Readonly<Record<string, string>> = {};
  let isEnding = false;
  let gaveUp = 0;
  let problem: unknown;

  const run = async (): Promise<void> => {
    const started = await startTree(env);
    tree = started;
    started.exited.then(
      ({ code, signal }) => {
        if (isEnding) return;
        if (code !== EXIT.escalated && code !== EXIT.unavailable) {
          problem = new Error(`A tree ended by itself: ${String(code ?? signal)}\n${started.output().slice(-4000)}`);
          return;
        }
        gaveUp += 1;
        run().catch((error: unknown) => (problem = error));
      },
      (error: unknown) => (problem = error),
    );
  };

  return {
    get gaveUp() {
      return gaveUp;
    },
    async botPid() {
      const pid = await waitFor(
        "a bot runs",
        async () => {
          if (problem !== undefined) return 0;
          const { bot } = (await tree?.health())?.workers ?? {};
          return bot?.state === "running" && bot.pid !== null ? bot.pid : undefined;
        },
        DEADLINE_MS,
      );
      if (problem !== undefined) throw problem;
      return pid;
    },
    async end(signal) {
      isEnding = true;
      tree?.signal(signal, "group");
      const ended = await tree?.exited;
      if (problem !== undefined) throw problem;
      if (signal === "SIGTERM" && ended?.code !== EXIT.ok) {
        throw new Error(`A tree that was asked to end exited with ${String(ended?.code)}.`);
      }
    },
    async start(given = env) {
      env = given;
      isEnding = false;
      await run();
    },
  };
};
