const NAME_COLUMNS = 34;
const COUNT_COLUMNS = 12;

type Count = number | string;

const line = (name: string, counts: readonly Count[]): string =>
  `  ${name.padEnd(NAME_COLUMNS)}${counts.map((count) => String(count).padStart(COUNT_COLUMNS)).join("")}`;

/** A table with a line for each bot. */
export const describeCounts = (
  columns: readonly string[],
  rows: readonly { readonly name: string; readonly counts: readonly Count[] }[],
): string => [line("", columns), ...rows.map(({ name, counts }) => line(name, counts))].join("\n");
