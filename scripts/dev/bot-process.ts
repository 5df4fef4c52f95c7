import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./folders.ts";

/** The runner as production starts it, restarted whenever its bundles change. */
export interface BotProcess {
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves with the exit code when it ends by itself, as after a configuration error. */
  readonly endedByItself: Promise<number>;
}

/** @param env the whole environment of the runner */
export const startBotProcess = (env: NodeJS.ProcessEnv): BotProcess => {
  let child: ChildProcess | undefined;
  let stopping: Promise<void> | undefined;
  let reportEnd: (code: number) => void = () => undefined;
  const endedByItself = new Promise<number>((resolve) => {
    reportEnd = resolve;
  });

  const launch = (): void => {
    const started = spawn(process.execPath, [join(ROOT, "apps/runner/dist/main.js")], {
      cwd: ROOT,
      stdio: "inherit",
      env,
      // A terminal's Ctrl-C reaches this script, which asks for the stop in order; without this it would come twice.
      detached: true,
    });
    child = started;
    started.once("exit", (code) => {
      if (child === started && stopping === undefined) reportEnd(code ?? 1);
    });
  };

  const end = async (): Promise<void> => {
    const running = child;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, "exit");
    running.kill("SIGTERM");
    await gone;
  };

  launch();
  return {
    endedByItself,
    async restart() {
      if (stopping !== undefined) return;
      // From here on its end is our doing.
      const ended = end();
      child = undefined;
      await ended;
      if (stopping === undefined) launch();
    },
    stop() {
      stopping ??= end();
      return stopping;
    },
  };
};
