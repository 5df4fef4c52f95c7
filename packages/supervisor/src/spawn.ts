import type { IpcEndpoint } from "@blacksky/ipc";
import { systemClock } from "@blacksky/machine";
import { execa } from "execa";
import type { ChildSpec } from "./child-spec.ts";

/** How a process ended, or why there never was one. */
export type ProcessEnd =
  | { readonly type: "exited"; readonly code: number | null; readonly signal: string | null }
  | { readonly type: "spawnFailed"; readonly why: string };

/** A process as the supervisor needs it. */
export interface SpawnedChild {
  /** `undefined` when there is no process; then `ended` tells why. */
  readonly pid: number | undefined;
  readonly endpoint: IpcEndpoint;
  /** Sends SIGKILL; does nothing to a process that is gone. */
  kill(): void;
  /** Never rejects. Settles after the last message of the process was read. */
  readonly ended: Promise<ProcessEnd>;
}

/** Starts one process; failures are told through `ended`, not thrown. */
export type SpawnChild = (spec: ChildSpec) => SpawnedChild;

/** The pipe's end follows the process's at once, unless another process inherited the pipe. */
const LAST_MESSAGES_MS = 1000;

/**
 * Makes a spawn for a Node binary. Output is inherited, so that nothing is lost when the parent dies and nothing is
 * kept in its memory; only the child machine decides who is killed and when.
 *
 * @param nodePath absolute path; a missing file makes every spawn fail, not throw
 */
export const createSpawn =
  (nodePath: string): SpawnChild =>
  (spec) => {
    // Not `node: true`: that would add the parent's PATH to the child's environment, and fail where there is none.
    const subprocess = execa(nodePath, [...spec.nodeOptions, spec.script], {
      env: spec.env,
      extendEnv: false,
      ipc: true,
      serialization: "advanced",
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      // Else every message would be kept until the end.
      buffer: false,
      reject: false,
      cleanup: false,
      forceKillAfterDelay: false,
    });
    const endpoint = subprocess as unknown as IpcEndpoint;
    const ended = new Promise<ProcessEnd>((resolve) => {
      subprocess.once("exit", (code, signal) => {
        const end: ProcessEnd = { type: "exited", code, signal };
        if (!subprocess.connected) {
          resolve(end);
          return;
        }
        const timer = systemClock.startTimer(LAST_MESSAGES_MS, () => resolve(end));
        subprocess.once("disconnect", () => {
          timer.cancel();
          resolve(end);
        });
      });
      void subprocess.then((result) => {
        // A process that existed has told its end above.
        if (subprocess.pid === undefined) resolve({ type: "spawnFailed", why: explain(result) });
      });
    });
    return { pid: subprocess.pid, endpoint, kill: () => void subprocess.kill("SIGKILL"), ended };
  };

const explain = (result: {
  readonly originalMessage?: string | undefined;
  readonly code?: string | undefined;
}): string => result.originalMessage ?? result.code ?? "unknown reason";

/** Starts children with the Node that runs us. */
export const spawnWithNode: SpawnChild = createSpawn(process.execPath);
