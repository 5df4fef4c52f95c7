import * as z from "zod";

/** A process that reads configuration. */
export type Role = "runner" | "bot" | "keeper" | "backup";

/**
 * How Heroku gets the value: `generate` lets the platform invent one, `value` offers the default for editing,
 * `provided` is set by the platform itself. Without it the variable is not offered there at all.
 */
export type HerokuSource = "generate" | "value" | "provided";

/** What is known about a variable besides its schema. */
export interface VariableNote {
  /** One or two sentences for the owner of a bot. */
  readonly description: string;
  /** Which processes are given it; the others never see it. */
  readonly usedBy: readonly Role[];
  /** True when the value must never be shown or logged. */
  readonly secret?: boolean;
  readonly heroku?: HerokuSource;
  /** The value for Heroku where it differs from the default. */
  readonly herokuValue?: string;
}

/** The notes, by schema; `.register(variableNotes, …)` goes last, because every other method makes a new schema. */
export const variableNotes = z.registry<VariableNote>();

export const everyRole: readonly Role[] = ["runner", "bot", "keeper", "backup"];
