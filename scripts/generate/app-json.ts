import type { VariableDescription } from "@blacksky/config";

interface HerokuVariable {
  description: string;
  required?: boolean;
  value?: string;
  generator?: "secret";
}

const herokuVariable = (variable: VariableDescription): HerokuVariable | undefined => {
  const { description } = variable;
  const value = variable.herokuValue ?? variable.default;
  switch (variable.heroku) {
    case "generate":
      return { description, generator: "secret" };
    case "value":
      return value === undefined ? { description, required: false } : { description, required: false, value };
    case "provided":
    case undefined:
      return undefined;
  }
};

/** Replaces the `env` block of app.json, which Heroku's deploy form is made from; the rest stays as it is. */
export const renderAppJson = (current: string, variables: readonly VariableDescription[]): string => {
  const app = JSON.parse(current) as Record<string, unknown>;
  const env: Record<string, HerokuVariable> = {};
  for (const variable of variables) {
    const offered = variable.planned ? undefined : herokuVariable(variable);
    if (offered !== undefined) env[variable.name] = offered;
  }
  return `${JSON.stringify({ ...app, env }, undefined, 2)}\n`;
};
