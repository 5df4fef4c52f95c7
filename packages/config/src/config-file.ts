import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { BlackskyError } from "@blacksky/errors";
import * as z from "zod";
import type { EnvSource } from "./parse-env.ts";

const hour = z.int().min(0).max(23);

const fileSchema = z.strictObject({
  /** Planned reconnections: every `interval` hours, but not during `quietHours` ([from, to)). */
  scheduledReconnect: z
    .strictObject({
      enabled: z.boolean().default(true),
      interval: z.int().min(1).max(168).default(6),
      quietHours: z.tuple([hour, hour]).default([0, 6]),
    })
    .optional(),
  /** How many messages of one chat are remembered. */
  messageHistory: z.strictObject({ perChat: z.int().min(0).max(10_000) }).optional(),
  /** Forget remembered messages after so many hours. */
  autoDelete: z
    .strictObject({ enabled: z.boolean().default(true), afterHours: z.int().min(1).max(8_760).default(24) })
    .optional(),
  /** Plugins that are not loaded, by name. */
  disabledPlugins: z.array(z.string().min(1)).optional(),
});

/** The structured settings of `blacksky.config.*`. */
export type ConfigFile = Readonly<z.output<typeof fileSchema>>;

const NAMES = ["ts", "js", "mjs", "json"].map((extension) => `blacksky.config.${extension}`);

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const importModule = async (file: string): Promise<unknown> => {
  const loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  return loaded.default ?? { ...loaded };
};

const read = async (file: string, load: (file: string) => Promise<unknown>): Promise<unknown> => {
  try {
    return file.endsWith(".json") ? JSON.parse(await readFile(file, "utf8")) : await load(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = file.endsWith(".ts")
      ? "Node 22.18 and 24 read TypeScript; for an older Node rename the file to blacksky.config.mjs and leave the types out."
      : "Correct the file, or remove it to use the environment alone.";
    throw new BlackskyError("config.file_unreadable", `${path.basename(file)} cannot be read: ${why}`, { hint, cause });
  }
};

/**
 * Reads `blacksky.config.{ts,js,mjs,json}` of a folder, the first that exists; without one the settings are empty.
 *
 * @param load imports a module and returns its default export
 * @throws {BlackskyError} `config.file_unreadable`, `config.file_invalid` (listing every problem)
 */
export const loadConfigFile = async (
  dir: string,
  load: (file: string) => Promise<unknown> = importModule,
): Promise<ConfigFile> => {
  for (const name of NAMES) {
    const file = path.resolve(dir, name);
    if (!(await exists(file))) continue;
    const result = fileSchema.safeParse(await read(file, load));
    if (result.success) return result.data;
    const problems = z.prettifyError(result.error);
    throw new BlackskyError("config.file_invalid", `${name} cannot be used:\n${problems}`, {
      hint: "Correct the file, or remove it to use the environment alone.",
    });
  }
  return {};
};

/**
 * The environment with the file's settings where it says nothing itself; made before `parseEnv` and `sliceFor`, so that
 * every process sees the same.
 */
export const withConfigFile = (source: EnvSource, file: ConfigFile): EnvSource => {
  const reconnect = file.scheduledReconnect;
  if (reconnect === undefined) return source;
  const merged: Record<string, string | undefined> = { ...source };
  merged["SCHEDULED_RECONNECT_HOURS"] ||= String(reconnect.enabled ? reconnect.interval : 0);
  merged["QUIET_HOURS"] ||= reconnect.quietHours.join("-");
  return merged;
};
