/** Hours of the local day, from the first until the second one begins, also over midnight. Equal hours mean never. */
export interface QuietHours {
  /** 0–23 */
  readonly fromHour: number;
  /** 0–23 */
  readonly toHour: number;
}

/** The hour, 0–23, that a clock on the wall shows at an instant (epoch milliseconds). */
export type HourOfDay = (atMs: number) => number;

/** The wall clocks of a time zone known to this Node. */
export const hourOfDayIn = (timeZone: string): HourOfDay => {
  // The tables of all zones cost memory and 10 ms, which nobody in UTC should pay.
  if (timeZone === "UTC") return (atMs) => new Date(atMs).getUTCHours();
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" });
  return (atMs) => Number(format.format(atMs));
};

/** Whether that hour is a quiet one. */
export const isQuiet = ({ fromHour, toHour }: QuietHours, hour: number): boolean =>
  fromHour <= toHour ? fromHour <= hour && hour < toHour : fromHour <= hour || hour < toHour;

// Every zone's offset, before and after every change of its clocks, is a multiple of this, so an hour begins only there.
const STEP_MS = 900_000;
// A change of clocks can swallow the one hour of a day that is not quiet; the next day has it.
const STEPS_LIMIT = 4 * 24 * 3;

/** The first instant from `atMs` on that is not in the quiet hours. Asks the wall clock, so changes of it need no thought. */
export const endOfQuiet = (quietHours: QuietHours, hourOf: HourOfDay, atMs: number): number => {
  let endMs = atMs;
  for (let steps = 0; steps < STEPS_LIMIT && isQuiet(quietHours, hourOf(endMs)); steps += 1) {
    endMs = (Math.floor(endMs / STEP_MS) + 1) * STEP_MS;
  }
  return endMs;
};
