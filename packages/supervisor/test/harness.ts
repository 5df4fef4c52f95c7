import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  createSupervisor,
  type ChildSpec,
  type ChildView,
  type Supervisor,
  type SupervisorOptions,
} from "../src/index.ts";

const WAIT_MS = 30_000;
const tsx = createRequire(import.meta.url).resolve("tsx");

/** A spec that runs a fixture by its name. */
export const specOf = (fixture: string, more: Partial<ChildSpec> = {}): ChildSpec => ({
  id: fixture,
  script: fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url)),
  nodeOptions: ["--import", tsx],
  env: {},
  restart: "permanent",
  startMs: 20_000,
  shutdownMs: 10_000,
  ...more,
});

/** A supervisor of real processes, with a way to wait for what shows. */
export interface Harness {
  readonly supervisor: Supervisor;
  readonly log: readonly string[];
  view(id: string): ChildView;
  /** Resolves as soon as it holds; rejects, with what there is, when it does not in time. */
  until(what: string, holds: () => boolean): Promise<void>;
}

/** Short heartbeats; everything else as in production unless the test says otherwise. */
export const createHarness = (children: readonly ChildSpec[], more: Partial<SupervisorOptions> = {}): Harness => {
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const note = (message: string): void => void log.push(message);
  const supervisor = createSupervisor({
    children,
    intensity: { restarts: 3, periodMs: 60_000 },
    backOff: { initialMs: 50, maxMs: 200, factor: 2, jitter: 0 },
    heartbeat: { intervalMs: 200, deadlineMs: 1500 },
    log: { debug: () => undefined, info: note, warn: note, error: note },
    onChannel: () => undefined,
    onChange: () => {
      for (const check of [...waiting]) check();
    },
    ...more,
  });
  return {
    supervisor,
    log,
    view(id) {
      const view = supervisor.children().find((each) => each.id === id);
      if (view === undefined) throw new Error(`no child ${id}`);
      return view;
    },
    until: (what, holds) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!holds()) return;
          waiting.delete(check);
          clearTimeout(deadline);
          resolve();
        };
        const deadline = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`not in time: ${what}\n${log.join("\n")}\n${JSON.stringify(supervisor.children())}`));
        }, WAIT_MS);
        waiting.add(check);
        check();
      }),
  };
};

/** Whether the operating system knows that process. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
