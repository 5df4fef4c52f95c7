import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseEnv, type EnvSource } from "@blacksky/config";
import { BlackskyError } from "@blacksky/errors";
import { openStore, storePath, type Store } from "@blacksky/store";

/** Where the session of this folder's bot lies. */
export interface Place {
  readonly sessionId: string;
  readonly dataDir: string;
  readonly storePath: string;
  /** The environment of the bot, as far as it is known here. */
  readonly source: EnvSource;
}

/** From `SESSION_ID` and `DATA_DIR`, as the runner reads them, also out of `.env`. */
export const findPlace = (): Place => {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { SESSION_ID, DATA_DIR } = process.env;
  const env = parseEnv({ SESSION_ID, DATA_DIR });
  const dataDir = resolve(env.DATA_DIR);
  const source = { ...process.env, DATA_DIR: dataDir };
  return { sessionId: env.SESSION_ID, dataDir, storePath: storePath(dataDir, env.SESSION_ID), source };
};

/** A session's store, or one that was put aside. */
export interface FoundSession {
  /** Name of its folder: the session's id, or that and why it was put aside. */
  readonly name: string;
  readonly path: string;
}

/** All stores below DATA_DIR, half-made ones left out. */
export const findSessions = ({ storePath: path }: Place): FoundSession[] => {
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !/\.(?:importing|restoring)$/.test(name) && existsSync(resolve(folder, name, "data.mdb")))
    .toSorted()
    .map((name) => ({ name, path: resolve(folder, name) }));
};

/** Lets `use` have the store, and closes it whatever happens. */
export const withStore = async <T>(
  path: string,
  mode: "read" | "write",
  use: (store: Store) => T | Promise<T>,
): Promise<T> => {
  if (!existsSync(path)) {
    throw new BlackskyError("session.absent", `There is no session ${basename(path)} here.`, {
      hint: "Set DATA_DIR and SESSION_ID to those of the bot.",
    });
  }
  const store = openStore({ path, readOnly: mode === "read" });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
};
