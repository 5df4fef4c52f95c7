import type { VariableDescription } from "@blacksky/config";

const BEGIN = "<!-- BEGIN:ENV -->";
const END = "<!-- END:ENV -->";

const cell = (text: string): string => text.replaceAll("|", String.raw`\|`);

const row = ({ name, default: value, description, planned }: VariableDescription): string =>
  `| \`${name}\` | ${value === undefined ? "–" : `\`${cell(value)}\``} | ${planned ? "*Without effect yet.* " : ""}${cell(description)} |`;

const table = (variables: readonly VariableDescription[]): string =>
  ["| variable | default | meaning |", "| --- | --- | --- |", ...variables.map(row)].join("\n");

/**
 * Replaces what stands between the two markers by the table of variables; a README without markers gets them at its end.
 *
 * @throws {Error} when there is only one of them
 */
export const renderReadme = (current: string, variables: readonly VariableDescription[]): string => {
  const block = [BEGIN, "", table(variables), "", END].join("\n");
  const begin = current.indexOf(BEGIN);
  const end = current.indexOf(END);
  if (begin === -1 && end === -1) return `${current.trimEnd()}\n\n## Settings\n\n${block}\n`.trimStart();
  if (begin === -1 || end < begin) throw new Error(`README.md needs ${BEGIN} and, behind it, ${END}.`);
  return current.slice(0, begin) + block + current.slice(end + END.length);
};
