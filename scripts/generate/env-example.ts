import type { VariableDescription } from "@blacksky/config";

const HEAD = `# Every variable with its default; copy to .env and take the # away from what you change.
# Written by \`pnpm generate\` from packages/config/src/variables.ts.
`;

/** `.env.example`: each variable commented out, under its description. */
export const renderEnvExample = (variables: readonly VariableDescription[]): string => {
  const entries = variables.map(
    ({ name, description, planned, default: value = "" }) =>
      `# ${planned ? "Without effect yet: " : ""}${description}\n#${name}=${value}\n`,
  );
  return [HEAD, ...entries].join("\n");
};
