/** A log line before it is written; everything in it is redacted. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly level: string;
  readonly system: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const OWN_NAMES = new Set(["time", "level", "system", "message"]);

/** One JSON object. A field that bears one of our own names gets a prefix, so that it hides nothing. */
export const jsonLine = ({ timeMs, level, system, message, fields }: LogLine): string => {
  const own = { time: new Date(timeMs).toISOString(), level, system, message };
  const others = Object.entries(fields).map(([name, value]) => [OWN_NAMES.has(name) ? `field.${name}` : name, value]);
  return JSON.stringify({ ...own, ...Object.fromEntries(others) });
};

const DIM = "\u001B[2m";
const RESET = "\u001B[0m";
const COLOURS: Readonly<Record<string, string>> = {
  error: "\u001B[31m",
  warn: "\u001B[33m",
  info: "\u001B[32m",
  debug: "\u001B[36m",
};

// Control characters would move the reader's cursor; the line break and the tab stay.
const CONTROLS = /[^\P{Cc}\n\t]/gu;

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w….:/@+-]+$/.test(text) ? text : JSON.stringify(text);
};

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** Time of day in the time zone of the process, in milliseconds. */
const timeOfDay = (timeMs: number): string => {
  const time = new Date(timeMs);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":");
  return `${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
};

/** One line for people: time, level, system and subsystem, message, `name=value`; a stack follows on lines of its own. */
export const readableLine = ({ timeMs, level, system, message, fields }: LogLine, colour: boolean): string => {
  const paint = (code: string | undefined, text: string): string => (colour && code ? code + text + RESET : text);
  const { subsystem, "error.stack": stack, ...others } = fields;
  const where = typeof subsystem === "string" ? `${system}/${subsystem}` : system;
  const pairs = Object.entries(others).map(([name, value]) => `${paint(DIM, `${name}=`)}${shown(value)}`);
  const text = message.replaceAll(CONTROLS, "").replaceAll("\n", "\n  ");
  const parts = [
    paint(DIM, timeOfDay(timeMs)),
    paint(COLOURS[level], level.padEnd(5)),
    where.padEnd(6),
    text,
    ...pairs,
  ];
  const line = parts.join(" ");
  return typeof stack === "string" ? `${line}\n${stack.replaceAll(/^/gm, "    ")}` : line;
};
