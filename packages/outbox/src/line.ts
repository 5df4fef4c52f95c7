import type { Entry } from "./entry.ts";
import { isPending } from "./notification/state.ts";

/** The notifications of one chat, in their order. */
export interface Line {
  readonly chat: string;
  /** Those that were sent or are not wanted any more are passed over. */
  readonly entries: Entry[];
  first: number;
  /** Who was at its head when it was given its last place. */
  head: Entry | undefined;
  /** That one is being sent. */
  isBusy: boolean;
  isStranger: boolean;
  /** Counts how often the line was given a place; its older places are void. */
  turn: number;
}

/** Fewer that have left are not worth the moving of the others. */
const WORTH_MOVING = 32;

/** A line of one. */
export const beginLine = (entry: Entry): Line => ({
  chat: entry.chat,
  entries: [entry],
  first: 0,
  head: undefined,
  isBusy: false,
  isStranger: false,
  turn: 0,
});

/** Who is first of those that are still to be sent. */
export const headOf = (line: Line): Entry | undefined => {
  const { entries } = line;
  while (line.first < entries.length && !isPending((entries[line.first] as Entry).state)) line.first += 1;
  // Each is moved once at most for each that has left.
  if (line.first > WORTH_MOVING && 2 * line.first > entries.length) {
    entries.splice(0, line.first);
    line.first = 0;
  }
  return entries[line.first];
};
