import type { PublicConnectionState } from "../connection/picture.ts";
import { emptyHistory, STATES, type ConnectionHistory, type ConnectionTransition } from "./history.ts";
import { emptyUptime, type Uptime, type UpSpan } from "./uptime.ts";

/** Another form gets another number; this build reads no other, and begins anew. */
const FORM = 1;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isTimeOrNull = (value: unknown): value is number | null => value === null || isTime(value);
const isState = (value: unknown): value is PublicConnectionState => typeof value === "string" && value in STATES;

const isTransition = (value: unknown): value is ConnectionTransition =>
  isFields(value) &&
  isState(value["from"]) &&
  isState(value["to"]) &&
  (value["code"] === null || Number.isSafeInteger(value["code"])) &&
  typeof value["reason"] === "string" &&
  isTime(value["at"]) &&
  isTime(value["durationMs"]);

const isLast = (value: unknown): value is ConnectionHistory["last"] =>
  value === null ||
  (isFields(value) && isState(value["state"]) && isTime(value["since"]) && isTimeOrNull(value["disconnectAt"]));

const isCounts = (value: unknown): value is ConnectionHistory["disconnects"] =>
  isFields(value) && Object.values(value).every(isTime);

const isSpan = (value: unknown): value is UpSpan => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [from, to]: unknown[] = value;
  return isTime(from) && isTime(to) && from <= to;
};

const parse = (text: string): Fields => {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) && value["form"] === FORM ? value : {};
  } catch {
    return {};
  }
};

/** In the form in which it is stored. */
export const encodeHistory = (history: ConnectionHistory): string => JSON.stringify({ form: FORM, ...history });

/** What was stored; nothing where it cannot be read: figures are no reason not to start. */
export const decodeHistory = (text: string): ConnectionHistory => {
  const { transitions, disconnects, last } = parse(text);
  if (!Array.isArray(transitions) || !transitions.every(isTransition)) return emptyHistory;
  return isCounts(disconnects) && isLast(last) ? { transitions, disconnects, last } : emptyHistory;
};

/** In the form in which it is stored. */
export const encodeUptime = (uptime: Uptime): string => JSON.stringify({ form: FORM, ...uptime });

/** As `decodeHistory`. */
export const decodeUptime = (text: string): Uptime => {
  const { firstAt, spans } = parse(text);
  return isTimeOrNull(firstAt) && Array.isArray(spans) && spans.every(isSpan) ? { firstAt, spans } : emptyUptime;
};
