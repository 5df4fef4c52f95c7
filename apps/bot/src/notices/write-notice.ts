import type { Gathered } from "./notice-machine.ts";

/** What happened longer ago than this is told with its time. */
const LONG_AGO_MS = 15 * 60_000;

/** The time of day for people, in the time zone that is configured. */
export const clockTimeIn = (timeZone: string): ((atMs: number) => string) => {
  // The tables of all zones cost memory, which nobody who is told nothing should pay.
  let format: Intl.DateTimeFormat | undefined;
  return (atMs) => {
    format ??= new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return format.format(atMs);
  };
};

/** The message that tells of these. */
export const writeNotice = (
  botName: string,
  notices: readonly Gathered[],
  now: number,
  clockTime: (atMs: number) => string,
): string => {
  const lines = notices.map(({ text, count, sinceMs }) => {
    const times = count === 1 ? "" : ` (${String(count)} times)`;
    const when = now - sinceMs > LONG_AGO_MS ? `${clockTime(sinceMs)}: ` : "";
    return `${when}${text}${times}`;
  });
  const body = lines.length === 1 ? lines.join("") : lines.map((line) => `• ${line}`).join("\n");
  return `*${botName}*\n${body}`;
};
