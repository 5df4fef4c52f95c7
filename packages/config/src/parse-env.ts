import { BlackskyError } from "@blacksky/errors";
import { type Env, envSchema, rules } from "./env.ts";
import { variableNotes } from "./variable-registry.ts";
import { type VariableName, variables } from "./variables.ts";

/** Environment variables as a process gets them. */
export type EnvSource = Readonly<Record<string, string | undefined>>;

/** The variables of ours that are set, trimmed; an empty one counts as absent, as it does on Heroku's form. */
export const setVariables = (source: EnvSource): Partial<Record<VariableName, string>> => {
  const set: Partial<Record<VariableName, string>> = {};
  for (const name of Object.keys(variables) as VariableName[]) {
    const value = source[name]?.trim();
    if (value !== undefined && value !== "") set[name] = value;
  }
  // Every dyno has this one, so that nobody needs to say where they are.
  if (set.DYNO !== undefined) set.HEROKU ??= "true";
  return set;
};

const shown = (name: VariableName, value: string | undefined): string => {
  if (value === undefined) return name;
  const secret = variableNotes.get(variables[name])?.secret === true;
  return `${name}=${secret ? `(hidden, ${value.length} characters)` : JSON.stringify(value)}`;
};

/**
 * Reads the configuration of this process.
 *
 * @throws {BlackskyError} `config.invalid`, with every problem on a line of its own
 */
export const parseEnv = (source: EnvSource): Env => {
  const set = setVariables(source);
  const problems = new Map<VariableName, string>();
  const { error } = envSchema.safeParse(set);
  for (const { path, message } of error?.issues ?? []) problems.set(path[0] as VariableName, message);

  // What cannot be read is left out here, so that the rules between the others are asked all the same.
  const readable = Object.entries(set).filter(([name]) => !problems.has(name as VariableName));
  const env = envSchema.parse(Object.fromEntries(readable));
  for (const { names, holds, expected } of rules) {
    if (names.some((name) => problems.has(name)) || holds(env)) continue;
    problems.set(names[0], expected);
  }
  if (problems.size === 0) return deepFreeze(env);

  const lines = [...problems].map(([name, expected]) => `${shown(name, set[name])} must be ${expected}`);
  throw new BlackskyError("config.invalid", `The configuration cannot be used:\n${lines.join("\n")}`, {
    hint: "Set these environment variables right and start again; the README lists them all.",
  });
};

const deepFreeze = <T extends object>(value: T): T => {
  for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
};
