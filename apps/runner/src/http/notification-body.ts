import { outbox, type Notification } from "@blacksky/protocol";
import { parseRecipient } from "@blacksky/whatsapp";
import * as z from "zod";

/** Why a notification is not even looked at by whoever sends them. */
export interface BadNotification {
  readonly status: 400 | 413;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type ParsedNotification =
  | { readonly good: true; readonly notification: Notification }
  | { readonly good: false; readonly problem: BadNotification };

/** The last moment that a date of JavaScript's can name. */
const LAST_MS = 8_640_000_000_000_000;

const epochMs = z.number().int().min(0).max(LAST_MS);
const moment = z.union([epochMs, z.iso.datetime({ offset: true }).transform(Date.parse).pipe(epochMs)], {
  error: "expected a time such as 2026-01-02T03:04:05Z, or milliseconds since 1970",
});

const { shape } = outbox.notification;
const body = z.strictObject({
  ...shape,
  to: shape.to.refine((to) => parseRecipient(to) !== undefined, {
    error: "expected a phone number with country code, the JID of a person or group, or `owner`",
  }),
  notBefore: moment.optional(),
  expiresAt: moment.optional(),
});

const FIELDS = Object.keys(body.shape).join(", ");
const FORM_HINT =
  'Send {"to": "4915112345678", "text": "…"} as application/json; `key`, `priority`, `notBefore` and `expiresAt` may be added.';

/** No form of a text that may be sent takes more bytes: JSON may write each unit of it as `\uXXXX`. */
export const NOTIFICATION_BYTES = 6 * outbox.LONGEST_TEXT + 4_096;

/** More than may be in one message. */
export const tooLong = (): BadNotification => ({
  status: 413,
  code: "notification.tooLong",
  message: `The text is too long: a message holds ${String(outbox.LONGEST_TEXT)} characters at most.`,
  hint: "Send it in several notifications; what goes to one chat keeps its order.",
});

/** What is not even JSON. */
export const unreadable = (): BadNotification => ({
  status: 400,
  code: "notification.badBody",
  message: "What was sent cannot be read as JSON.",
  hint: FORM_HINT,
});

const describe = (issues: readonly z.core.$ZodIssue[]): BadNotification => {
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name.slice(0, 50))).join(", ");
    const message = `A notification has no field ${names}.`;
    return { status: 400, code: "notification.unknownField", message, hint: `It may have ${FIELDS}.` };
  }
  if (issues.some(({ code, path }) => code === "too_big" && path[0] === "text")) return tooLong();
  const wrong = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
  return {
    status: 400,
    code: "notification.badField",
    message: `This is no notification: ${wrong.join("; ")}.`,
    hint: FORM_HINT,
  };
};

const checkTimes = ({ notBefore, expiresAt }: Notification): BadNotification | undefined => {
  if (expiresAt === undefined || notBefore === undefined || notBefore < expiresAt) return undefined;
  return {
    status: 400,
    code: "notification.neverDue",
    message: "It would never be sent: it expires before it is due.",
    hint: "Let `expiresAt` be later than `notBefore`; both are times such as 2026-01-02T03:04:05Z, or milliseconds since 1970.",
  };
};

/** Its time is over already; `expiresAt` in seconds is the usual reason. */
export const expired = (): BadNotification => ({
  status: 400,
  code: "notification.expired",
  message: "It would never be sent: `expiresAt` has passed.",
  hint: "Give a time to come, such as 2026-01-02T03:04:05Z, or milliseconds (not seconds) since 1970.",
});

/**
 * Reads what was sent.
 *
 * @param key of the header `Idempotency-Key`, which counts where the body has none
 */
export const parseNotification = (sent: unknown, key: string | undefined): ParsedNotification => {
  const keyless = typeof sent === "object" && sent !== null && !Array.isArray(sent) && !("key" in sent);
  const parsed = body.safeParse(keyless && key !== undefined ? { ...sent, key } : sent);
  if (!parsed.success) return { good: false, problem: describe(parsed.error.issues) };
  const problem = checkTimes(parsed.data);
  return problem === undefined ? { good: true, notification: parsed.data } : { good: false, problem };
};
