import * as z from "zod";
import { PLANNED } from "./planned.ts";
import { type HerokuSource, type Role, variableNotes } from "./variable-registry.ts";
import { type VariableName, variables } from "./variables.ts";

/** A variable for people: what app.json, `.env.example` and the README say of it. */
export interface VariableDescription {
  readonly name: VariableName;
  /** As it would be written; `undefined` where there is none. */
  readonly default: string | undefined;
  readonly description: string;
  readonly secret: boolean;
  readonly heroku: HerokuSource | undefined;
  /** The value for Heroku where it differs from the default. */
  readonly herokuValue: string | undefined;
  readonly usedBy: readonly Role[];
  /** True while nothing goes by it yet. */
  readonly planned: boolean;
}

const defaultOf = (schema: z.ZodType): string | undefined => {
  const value: unknown = schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** Every variable, in the order of the schema. */
export const describe = (): readonly VariableDescription[] =>
  Object.entries(variables).map(([name, schema]) => {
    const note = variableNotes.get(schema);
    if (note === undefined) throw new TypeError(`${name} is not in the registry`);
    return {
      name: name as VariableName,
      default: defaultOf(schema),
      description: note.description,
      secret: note.secret === true,
      heroku: note.heroku,
      herokuValue: note.herokuValue,
      usedBy: note.usedBy,
      planned: PLANNED.has(name as VariableName),
    };
  });
