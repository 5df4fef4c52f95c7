import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "..", "fixtures");
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** A running fixture: what it says, line by line, and how it ends. */
export interface FixtureProcess {
  readonly process: ChildProcess;
  readonly lines: string[];
  readonly errors: string[];
  /** Resolves with the first line for which `wanted` holds; rejects when the fixture ends before. */
  line(wanted: (line: string) => boolean): Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts `fixtures/<name>.ts` as a process of its own; `fileLimitBytes` is a soft limit on the length of its files. */
export const startFixture = (name: string, args: readonly string[], fileLimitBytes?: number): FixtureProcess => {
  const command = [process.execPath, "--import", TSX, join(FIXTURES, `${name}.ts`), ...args];
  // POSIX counts `ulimit -f` in blocks of 512 bytes.
  const limited = ["/bin/sh", "-c", `ulimit -S -f ${(fileLimitBytes ?? 0) / 512} && exec "$@"`, "sh", ...command];
  const [file = "", ...rest] = fileLimitBytes === undefined ? command : limited;
  const child: ChildProcess = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const lines: string[] = [];
  const errors: string[] = [];
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("The fixture has no output.");
  const reader = createInterface({ input: stdout });
  reader.on("line", (line) => lines.push(line));
  stderr.on("data", (chunk) => errors.push(String(chunk)));
  // Not "close": Node never emits that to a parent that has disconnected the channel itself.
  const ended = Promise.all([once(child, "exit"), once(reader, "close")]).then(([[code, signal]]) => ({
    code,
    signal,
  }));
  return {
    process: child,
    lines,
    errors,
    ended,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const known = lines.find(wanted);
        if (known !== undefined) {
          resolve(known);
          return;
        }
        reader.on("line", (line) => wanted(line) && resolve(line));
        void ended.then(() => reject(new Error(`${name} ended: ${errors.join("").slice(0, 2_000)}`)));
      }),
  };
};
