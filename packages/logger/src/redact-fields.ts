import { errorFields } from "./error-fields.ts";
import { isSensitiveField, isSignalSession } from "./sensitive-fields.ts";

// A line is read by people and paid by the byte; whoever logs more than this wants a file.
const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
const MAX_TEXT_LENGTH = 4_000;

/** Takes secrets out of one line's fields, however deep, and makes them fit for JSON. */
export type FieldRedactor = (fields: Readonly<Record<string, unknown>>) => Record<string, unknown>;

const isBytesInJson = (value: object): boolean => "type" in value && value.type === "Buffer" && "data" in value;

const byteLength = (value: object): number | undefined => {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  return undefined;
};

/** @param redactText takes secrets out of one text */
export const createFieldRedactor = (redactText: (text: string) => string, withStack: boolean): FieldRedactor => {
  const text = (value: string): string => {
    const redacted = redactText(value);
    if (redacted.length <= MAX_TEXT_LENGTH) return redacted;
    return `${redacted.slice(0, MAX_TEXT_LENGTH)}… (${redacted.length} characters)`;
  };

  const record = (entries: Iterable<readonly [unknown, unknown]>, path: readonly object[]): Record<string, unknown> => {
    const redacted: Record<string, unknown> = {};
    let count = 0;
    for (const [key, value] of entries) {
      if (value === undefined || typeof value === "function") continue;
      if (++count > MAX_ENTRIES) return { ...redacted, "…": "more" };
      const name = String(key);
      redacted[text(name)] = isSensitiveField(name, value) ? "[redacted]" : redact(value, path);
    }
    return redacted;
  };

  const list = (values: readonly unknown[], path: readonly object[]): unknown[] => {
    const shown = values.slice(0, MAX_ENTRIES).map((value) => redact(value, path) ?? null);
    return values.length > MAX_ENTRIES ? [...shown, `… (${values.length} entries)`] : shown;
  };

  const object = (value: object, outer: readonly object[]): unknown => {
    const bytes = byteLength(value);
    if (bytes !== undefined) return `[bytes ${bytes}]`;
    if (isBytesInJson(value)) return "[bytes]";
    if (isSignalSession(value)) return "[signal session]";
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
    if (value instanceof URL) return text(value.href);
    if (outer.includes(value)) return "[circular]";
    if (outer.length >= MAX_DEPTH) return "[deep]";
    const path = [...outer, value];
    if (value instanceof Error) return record(Object.entries(errorFields(value, withStack)), path);
    if (value instanceof Map) return record(value, path);
    if (value instanceof Set) return list([...value], path);
    return Array.isArray(value) ? list(value, path) : record(Object.entries(value), path);
  };

  const redact = (value: unknown, path: readonly object[]): unknown => {
    if (typeof value === "string") return text(value);
    if (typeof value === "bigint" || typeof value === "symbol") return text(String(value));
    if (typeof value === "function") return undefined;
    return typeof value === "object" && value !== null ? object(value, path) : value;
  };

  return (fields) => {
    const { error, ...others } = fields;
    const flat = error === undefined ? others : { ...others, ...errorFields(error, withStack) };
    return record(Object.entries(flat), []);
  };
};
