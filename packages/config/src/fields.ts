import * as z from "zod";

// Every message is the rest of the sentence "NAME must be …", so that a list of problems reads as one.

/** A whole number in [min, max], read from digits alone (`1e3` and `0x10` are typing errors here). */
export const wholeNumber = (min: number, max: number, unit = "") => {
  const error = `a whole number from ${min} to ${max}${unit === "" ? "" : ` (${unit})`}`;
  return z.string().regex(/^\d+$/, error).transform(Number).pipe(z.number().min(min, error).max(max, error));
};

/** `true`, `1`, `yes`, `on` … and their opposites, as a boolean. */
export const flag = () => z.stringbool({ error: "true or false" });

/** A TCP port; 0 lets the system choose one. */
export const port = () => {
  const error = "a port from 1 to 65535 (0 takes any free one)";
  return z.string().regex(/^\d+$/, error).transform(Number).pipe(z.number().max(65_535, error));
};

/** Text of [min, max] characters. */
export const text = (min: number, max: number) =>
  z.string().min(min, `at least ${min} characters long`).max(max, `at most ${max} characters long`);

/** Text of one form, told in words. */
export const matching = (pattern: RegExp, expected: string) => z.string().regex(pattern, expected);

/** One of a few words. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, `one of ${words.join(", ")}`);

const url = (pattern: RegExp, example: string) => z.url({ protocol: pattern, error: `a URL such as ${example}` });

/** `http:` or `https:`. */
export const httpUrl = () => url(/^https?$/, "https://example.com");

/** Several addresses, separated by spaces or commas, as a list; what takes them may be said in front: `ntfy+https:`. */
export const receiverUrls = (formats: readonly string[]) =>
  z
    .string()
    .transform((list) => list.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(url(new RegExp(`^((${formats.join("|")})\\+)?https?$`), "https://example.com/alerts")));

/** `ws:` or `wss:`. */
export const webSocketUrl = () => url(/^wss?$/, "wss://example.com/ws/chat");

/** `postgres:` or `postgresql:`. */
export const postgresUrl = () => url(/^postgres(ql)?$/, "postgres://user:password@host:5432/database");

const withoutPunctuation = (number: string): string => number.replaceAll(/[\s+().-]/g, "");

/** A phone number in E.164, returned as digits alone; `+`, spaces, dots, dashes and brackets may be in it. */
export const phoneNumber = () =>
  z
    .string()
    .transform(withoutPunctuation)
    .pipe(z.string().regex(/^[1-9]\d{6,14}$/, "a phone number with its country code, such as 4915112345678"));

/** Several phone numbers separated by commas, as a list of digits. */
export const phoneNumbers = () =>
  z
    .string()
    .transform((list) => list.split(",").map(withoutPunctuation).filter(Boolean))
    .pipe(z.array(z.string().regex(/^[1-9]\d{6,14}$/, "phone numbers with country code, separated by commas")));

const isTimeZone = (name: string): boolean => {
  // Asking costs every process 10 ms of its start, for the tables of all zones.
  if (name === "UTC") return true;
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

/** An IANA time zone known to this Node. POSIX allows a colon before the name. */
export const timeZone = () =>
  z
    .string()
    .transform((name) => name.replace(/^:/, ""))
    .refine(isTimeZone, "a time zone such as Europe/Berlin or UTC");

/** Hours of the day, `22-6`: from the first one until the second one begins. Equal hours mean never. */
export interface QuietHours {
  /** 0–23 */
  readonly fromHour: number;
  /** 0–23 */
  readonly toHour: number;
}

/** `0-6` as `QuietHours`; 24 is midnight too. */
export const quietHours = () =>
  z
    .string()
    .regex(/^(\d|1\d|2[0-4])-(\d|1\d|2[0-4])$/, "two hours of the day such as 0-6 or 22-6")
    .transform((range): QuietHours => {
      const [from = "0", to = "0"] = range.split("-");
      return { fromHour: Number(from) % 24, toHour: Number(to) % 24 };
    });

/**
 * A language as its two letters. Desktop systems set `LANGUAGE` for gettext (`de_DE:en`, or `C`), and a bot started
 * there must not fail over it: the first one's language counts.
 */
export const language = () =>
  z
    .string()
    .regex(/^(C|POSIX|[a-z]{2,3})([_.@:-].*)?$/, "a language such as en or de")
    .transform((locale) => (/^(C|POSIX)/.test(locale) ? "en" : (locale.split(/[_.@:-]/)[0] ?? "en")));

/** A flag that also takes the `debug` package's list of namespaces (`baileys:*`), which asks for details as well. */
export const debugFlag = () =>
  z
    .string()
    .transform((value) => (/[:*]/.test(value) ? "true" : value))
    .pipe(flag());
