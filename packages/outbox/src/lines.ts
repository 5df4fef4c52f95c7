import type { Entry } from "./entry.ts";
import type { Limits } from "./limits.ts";
import { beginLine, headOf, type Line } from "./line.ts";
import { createPlaces } from "./places.ts";

/** What keeps the head of a line from going. */
export interface Gate {
  /** Milliseconds for which it may not go for reasons of its own, as things are; 0 when there are none. */
  waitMs(head: Entry, isStranger: boolean): number;
  /** Whether it goes to a person who never wrote to us. */
  isStranger(chat: string): boolean;
}

/** The chats' lines: of each, one at a time is in hand, and its head alone may be next. Times on a clock that nobody sets. */
export interface Lines {
  /** At the end of its chat's line. */
  add(entry: Entry, now: number): void;
  /** Takes the head in hand that is to go next: by priority, then by number. */
  next(now: number): Entry | undefined;
  /** The one in hand is sent: it counts against the limits. */
  spend(entry: Entry, now: number): void;
  /** Something about it has changed; out of hand, or out of its line, it lets the line go on. */
  changed(entry: Entry, now: number): void;
  /** Something about the gate has changed, for one chat or for all. */
  lookAgain(now: number, chat?: string): void;
  /** Milliseconds until `next` may have another answer by time alone; `Infinity` when never. */
  wakeInMs(now: number): number;
}

/** Nobody waits for longer without another look: the wall clock may be set meanwhile, or a stranger may have written. */
const LONGEST_LOOK_MS = 60_000;

/** No lines at first. */
export const createLines = (gate: Gate, limits: Limits): Lines => {
  const lines = new Map<string, Line>();
  const places = createPlaces(limits);

  const givePlace = (line: Line, now: number): void => {
    line.turn += 1;
    const head = headOf(line);
    line.head = head;
    if (head === undefined) {
      lines.delete(line.chat);
      return;
    }
    const { turn } = line;
    line.isStranger = gate.isStranger(line.chat);
    const limitMs = limits.chatWaitMs(line.chat, line.isStranger, now);
    const waitMs = Math.max(gate.waitMs(head, line.isStranger), limitMs);
    if (waitMs > 0) places.wait({ line, turn, head }, now + Math.min(waitMs, LONGEST_LOOK_MS));
    else places.stand({ line, turn, head });
  };

  return {
    add(entry, now) {
      const line = lines.get(entry.chat);
      if (line !== undefined) {
        line.entries.push(entry);
        return;
      }
      const begun = beginLine(entry);
      lines.set(entry.chat, begun);
      givePlace(begun, now);
    },
    next(now) {
      for (let place = places.takeWaited(now); place !== undefined; place = places.takeWaited(now)) {
        givePlace(place.line, now);
      }
      const first = places.takeFirst(now);
      if (first === undefined) return undefined;
      first.line.isBusy = true;
      return first.head;
    },
    spend: ({ chat }, now) => limits.take(chat, lines.get(chat)?.isStranger === true, now),
    changed(entry, now) {
      const line = lines.get(entry.chat);
      // Those behind the head are looked at when it is their turn.
      if (line?.head !== entry || entry.state.status === "executing") return;
      line.isBusy = false;
      givePlace(line, now);
    },
    lookAgain(now, chat) {
      const only = chat === undefined ? undefined : lines.get(chat);
      const concerned = chat === undefined ? [...lines.values()] : only === undefined ? [] : [only];
      for (const line of concerned) if (!line.isBusy) givePlace(line, now);
    },
    wakeInMs: (now) => places.wakeInMs(now),
  };
};
