import type { VariableName } from "./variables.ts";

/** Variables of the contract that are read and checked, but that nothing goes by yet. */
export const PLANNED: ReadonlySet<VariableName> = new Set<VariableName>(["LANGUAGE", "HEROKU", "DYNO"]);
