import { waitFor } from "@blacksky/harness";
import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const RESTART_MS = 30_000;
const SCRIPT = fileURLToPath(new URL("bare-bot.mjs", import.meta.url));
const PM2 = join(dirname(createRequire(import.meta.url).resolve("pm2/package.json")), "bin/pm2");

/** Where a bare bot finds its server. */
export type ServerEnv = Readonly<Record<"WHATSAPP_WS_URL" | "WHATSAPP_ROOT_KEY", string>>;

const argumentsOf = (authFolder: string, answer: string | undefined): string[] =>
  answer === undefined ? [authFolder] : [authFolder, answer];

/** The bare script as a child; it reports `{qr}`, `{open}` and `{closed}` as messages. `answer` is given to every text. */
export const startBareScript = (authFolder: string, env: ServerEnv, answer?: string): ChildProcess =>
  fork(SCRIPT, argumentsOf(authFolder, answer), { env: { ...process.env, ...env }, execArgv: [], stdio: "ignore" });

/** The next time the bare script is told that its connection is open, or has ended. */
export const untilTold = async (child: ChildProcess, what: "open" | "closed"): Promise<void> =>
  new Promise((resolve) => {
    const listen = (message: { open?: boolean; closed?: boolean }): void => {
      if (message[what] !== true) return;
      child.off("message", listen);
      resolve();
    };
    child.on("message", listen);
  });

export const endBareScript = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
};

/** The bare script under a pm2 daemon of its own. */
export interface UnderPm2 {
  pid(): number;
  /** The same as soon as there is one, without asking pm2's daemon. */
  runningPid(): Promise<number>;
  stop(): void;
}

/** @param home a folder for the daemon, removed at the end */
export const startUnderPm2 = (home: string, authFolder: string, env: ServerEnv, answer?: string): UnderPm2 => {
  const pm2 = (...args: string[]): string => {
    const options = { env: { ...process.env, ...env, PM2_HOME: home }, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [PM2, ...args], options);
    if (status !== 0) throw new Error(`pm2 ${args.join(" ")} failed:\n${stdout}${stderr}`);
    return stdout;
  };
  pm2("start", SCRIPT, "--name", "bare", "--", ...argumentsOf(authFolder, answer));
  const pidFile = join(home, "pids", "bare-0.pid");
  return {
    pid: () => Number(pm2("pid", "bare").trim()),
    runningPid: () =>
      waitFor(
        "pm2 runs the script",
        () => {
          const noted = Number(readFileSync(pidFile, "utf8"));
          return process.kill(noted, 0) ? noted : undefined;
        },
        RESTART_MS,
      ),
    stop() {
      pm2("kill");
      rmSync(home, { recursive: true, force: true });
    },
  };
};
