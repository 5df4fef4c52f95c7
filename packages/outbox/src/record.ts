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
const TIMES_AT = 6;
const TIME_BYTES = 6;
const ID_AT = TIMES_AT + 4 * TIME_BYTES;
const ID_BYTES = 12;
const LENGTHS_AT = ID_AT + ID_BYTES;
const HEAD_BYTES = LENGTHS_AT + 4;
const MAX_BYTE = 255;
const ID_PREFIX = "ntf_";

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

/** The bytes of a record. */
export const encodeRecord = ({ id, to, priority, createdAt, state, text }: NotificationRecord): Buffer => {
  const address = Buffer.from(to, "utf8");
  const problem = Buffer.from(state.problem ?? "", "utf8");
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + address.length + problem.length + text.length);
  bytes[0] = FORM;
  bytes[1] = STATUSES.indexOf(state.status);
  bytes[2] = Math.min(MAX_BYTE, state.attempts);
  bytes[3] = Math.min(MAX_BYTE, state.rescues);
  bytes[4] = flagsOf(state);
  bytes[5] = priority;
  for (const [at, time] of [createdAt, state.changedAt, dueAtOf(state), state.expiresAt ?? 0].entries()) {
    bytes.writeUIntBE(time, TIMES_AT + at * TIME_BYTES, TIME_BYTES);
  }
  bytes.write(id.slice(ID_PREFIX.length), ID_AT, "hex");
  bytes.writeUInt16BE(address.length, LENGTHS_AT);
  bytes.writeUInt16BE(problem.length, LENGTHS_AT + 2);
  bytes.set(address, HEAD_BYTES);
  bytes.set(problem, HEAD_BYTES + address.length);
  bytes.set(text, HEAD_BYTES + address.length + problem.length);
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

/**
 * The record of these bytes.
 *
 * @throws BlackskyError `outbox.recordCorrupt`
 */
export const decodeRecord = (stored: Uint8Array): NotificationRecord => {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes.length < HEAD_BYTES) throw recordCorrupt("it is too short");
  const [form, code = 0, attempts = 0, rescues = 0, flags = 0, priority = 0] = bytes;
  if (form !== FORM) throw recordCorrupt(`its form ${String(form)} is not known to this version`);
  const status = STATUSES[code];
  if (status === undefined) throw recordCorrupt(`its state ${String(code)} is not known to this version`);
  const timeAt = (at: number): number => bytes.readUIntBE(TIMES_AT + at * TIME_BYTES, TIME_BYTES);
  const problemAt = HEAD_BYTES + bytes.readUInt16BE(LENGTHS_AT);
  const textAt = problemAt + bytes.readUInt16BE(LENGTHS_AT + 2);
  if (textAt > bytes.length) throw recordCorrupt("its parts are longer than it is");
  const course: Course = {
    attempts,
    rescues,
    pardons: PARDONS.filter((pardon) => (flags & FLAGS[pardon]) !== 0),
    expiresAt: timeAt(3) === 0 ? null : timeAt(3),
    problem: textAt === problemAt ? null : bytes.toString("utf8", problemAt, textAt),
    changedAt: timeAt(1),
  };
  return {
    id: ID_PREFIX + bytes.toString("hex", ID_AT, ID_AT + ID_BYTES),
    to: bytes.toString("utf8", HEAD_BYTES, problemAt),
    priority,
    createdAt: timeAt(0),
    state: stateOf(status, course, timeAt(2), (flags & FLAGS.unwanted) !== 0),
    text: bytes.subarray(textAt),
  };
};
