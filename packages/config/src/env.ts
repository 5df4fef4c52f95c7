import * as z from "zod";
import { type VariableName, variables } from "./variables.ts";

/** The flat schema of the environment, one variable at a time. */
export const envSchema = z.object(variables);

/** The configuration of a process: parsed, with defaults, frozen. Names are those of the variables. */
export type Env = Readonly<z.output<typeof envSchema>>;

/** What must hold between variables, each of which is fine by itself. */
export interface Rule {
  /** The one to blame comes first. */
  readonly names: readonly [VariableName, VariableName];
  readonly holds: (env: Env) => boolean;
  /** The rest of "NAME must be …". */
  readonly expected: string;
}

// Not refinements of the schema: zod leaves those out as soon as a flag cannot be read, and all problems are wanted.
export const rules: readonly Rule[] = [
  {
    names: ["MEMORY_CLEANUP_THRESHOLD", "MEMORY_EMERGENCY_THRESHOLD"],
    holds: (env) => env.MEMORY_CLEANUP_THRESHOLD < env.MEMORY_EMERGENCY_THRESHOLD,
    expected: "below MEMORY_EMERGENCY_THRESHOLD",
  },
  {
    names: ["RECONNECT_INITIAL_DELAY", "RECONNECT_MAX_DELAY"],
    holds: (env) => env.RECONNECT_INITIAL_DELAY <= env.RECONNECT_MAX_DELAY,
    expected: "at most RECONNECT_MAX_DELAY",
  },
  {
    names: ["WHATSAPP_ROOT_KEY", "WHATSAPP_WS_URL"],
    holds: (env) => env.WHATSAPP_ROOT_KEY === undefined || env.WHATSAPP_WS_URL !== undefined,
    expected: "absent unless WHATSAPP_WS_URL names the server it belongs to",
  },
  {
    // Sealed anew under no key, everything would lie there in plain.
    names: ["SESSION_ENCRYPTION_KEY_PREVIOUS", "SESSION_ENCRYPTION_KEY"],
    holds: (env) => env.SESSION_ENCRYPTION_KEY_PREVIOUS === undefined || env.SESSION_ENCRYPTION_KEY !== undefined,
    expected: "absent unless SESSION_ENCRYPTION_KEY, the new key, is set",
  },
  {
    names: ["SESSION_ENCRYPTION_KEY_PREVIOUS", "SESSION_ENCRYPTION_KEY"],
    holds: (env) =>
      env.SESSION_ENCRYPTION_KEY_PREVIOUS === undefined ||
      env.SESSION_ENCRYPTION_KEY_PREVIOUS !== env.SESSION_ENCRYPTION_KEY,
    expected: "another one than SESSION_ENCRYPTION_KEY",
  },
];
