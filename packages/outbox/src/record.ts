import { NOTIFICATION_ID_PREFIX } from "@blacksky/protocol";
import { recordCorrupt } from "./outbox-errors.ts";
import type { Pardon } from "./notification/refusal.ts";
import type { Course, NotificationMachineState, NotificationStatusName } from "./notification/state.ts";

/** A notification as it is stored. */
export interface NotificationRecord {
  readonly id: string;
  /** As `readRecipient` spells it. */
  readonly to: string;
  readonly priority: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly state: NotificationMachineState;
  /** UTF-8; empty once nothing of it will ever be sent again. */
  readonly text: Uint8Array;
}

/*
 * A record: form, state, attempts, rescues, flags, priority (a byte each), times created, changed, due and of expiry (6
 * bytes each, 0 for none), id (12), lengths of address and problem (2 each), address, problem, text. Another form gets
 * another number.
 */
const FORM = 1;
const TIME_BYTES = 6;
const CREATED_AT = 6;
const CHANGED_AT = CREATED_AT + TIME_BYTES;
const DUE_AT = CHANGED_AT + TIME_BYTES;
const EXPIRES_AT = DUE_AT + TIME_BYTES;
const ID_AT = EXPIRES_AT + TIME_BYTES;
const ID_BYTES = 12;
const LENGTHS_AT = ID_AT + ID_BYTES;
const HEAD_BYTES = LENGTHS_AT + 4;
const MAX_BYTE = 255;

const STATUSES: readonly NotificationStatusName[] = [
  "scheduled",
  "available",
  "executing",
  "retryable",
  "sent",
  "delivered",
  "discarded",
  "cancelled",
];

const FLAGS = { unwanted: 1, restricted: 2, stale: 4 } as const;
const PARDONS: readonly Pardon[] = ["restricted", "stale"];

const flagsOf = (state: NotificationMachineState): number => {
  const unwanted = state.status === "executing" && state.unwanted ? FLAGS.unwanted : 0;
  return state.pardons.reduce((flags, pardon) => flags | FLAGS[pardon], unwanted as number);
};

const dueAtOf = (state: NotificationMachineState): number =>
  state.status === "scheduled" || state.status === "retryable" ? state.dueAt : 0;

/** The bytes of a record. Written with care for time: it is done three times for each notification. */
export const encodeRecord = ({ id, to, priority, createdAt, state, text }: NotificationRecord): Buffer => {
  const { attempts, rescues, changedAt, expiresAt, problem } = state;
  const problemAt = HEAD_BYTES + Buffer.byteLength(to, "utf8");
  const textAt = problem === null ? problemAt : problemAt + Buffer.byteLength(problem, "utf8");
  const bytes = Buffer.allocUnsafe(textAt + text.length);
  bytes[0] = FORM;
  bytes[1] = STATUSES.indexOf(state.status);
  bytes[2] = Math.min(MAX_BYTE, attempts);
  bytes[3] = Math.min(MAX_BYTE, rescues);
  bytes[4] = flagsOf(state);
  bytes[5] = priority;
  bytes.writeUIntBE(createdAt, CREATED_AT, TIME_BYTES);
  bytes.writeUIntBE(changedAt, CHANGED_AT, TIME_BYTES);
  bytes.writeUIntBE(dueAtOf(state), DUE_AT, TIME_BYTES);
  bytes.writeUIntBE(expiresAt ?? 0, EXPIRES_AT, TIME_BYTES);
  bytes.write(id.slice(NOTIFICATION_ID_PREFIX.length), ID_AT, "hex");
  bytes.writeUInt16BE(problemAt - HEAD_BYTES, LENGTHS_AT);
  bytes.writeUInt16BE(textAt - problemAt, LENGTHS_AT + 2);
  bytes.write(to, HEAD_BYTES, "utf8");
  if (problem !== null) bytes.write(problem, problemAt, "utf8");
  bytes.set(text, textAt);
  return bytes;
};

const stateOf = (
  status: NotificationStatusName,
  course: Course,
  dueAt: number,
  unwanted: boolean,
): NotificationMachineState => {
  switch (status) {
    case "scheduled":
    case "retryable":
      return { status, dueAt, ...course };
    case "executing":
      return { status, generation: 0, unwanted, ...course };
    case "available":
    case "sent":
    case "delivered":
    case "discarded":
    case "cancelled":
      return { status, ...course };
  }
};

const checkForm = (bytes: Buffer): void => {
  if (bytes.length < HEAD_BYTES) throw recordCorrupt("it is too short");
  if (bytes[0] !== FORM) throw recordCorrupt(`its form ${String(bytes[0])} is not known to this version`);
  if (textStart(bytes) > bytes.length) throw recordCorrupt("its parts are longer than it is");
};

const problemStart = (bytes: Buffer): number => HEAD_BYTES + bytes.readUInt16BE(LENGTHS_AT);
const textStart = (bytes: Buffer): number => problemStart(bytes) + bytes.readUInt16BE(LENGTHS_AT + 2);

const viewOf = (stored: Uint8Array): Buffer => Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);

/**
 * What the record of these bytes says.
 *
 * @throws BlackskyError `outbox.recordCorrupt`
 */
export const decodeText = (stored: Uint8Array): Uint8Array => {
  const bytes = viewOf(stored);
  checkForm(bytes);
  return bytes.subarray(textStart(bytes));
};

/**
 * The record of these bytes.
 *
 * @throws BlackskyError `outbox.recordCorrupt`
 */
export const decodeRecord = (stored: Uint8Array): NotificationRecord => {
  const bytes = viewOf(stored);
  checkForm(bytes);
  const [, code = 0, attempts = 0, rescues = 0, flags = 0, priority = 0] = bytes;
  const status = STATUSES[code];
  if (status === undefined) throw recordCorrupt(`its state ${String(code)} is not known to this version`);
  const timeAt = (at: number): number => bytes.readUIntBE(at, TIME_BYTES);
  const [problemAt, textAt, expiresAt] = [problemStart(bytes), textStart(bytes), timeAt(EXPIRES_AT)];
  const course: Course = {
    attempts,
    rescues,
    pardons: PARDONS.filter((pardon) => (flags & FLAGS[pardon]) !== 0),
    expiresAt: expiresAt === 0 ? null : expiresAt,
    problem: textAt === problemAt ? null : bytes.toString("utf8", problemAt, textAt),
    changedAt: timeAt(CHANGED_AT),
  };
  return {
    id: NOTIFICATION_ID_PREFIX + bytes.toString("hex", ID_AT, ID_AT + ID_BYTES),
    to: bytes.toString("utf8", HEAD_BYTES, problemAt),
    priority,
    createdAt: timeAt(CREATED_AT),
    state: stateOf(status, course, timeAt(DUE_AT), (flags & FLAGS.unwanted) !== 0),
    text: bytes.subarray(textAt),
  };
};
