import { createHash, randomBytes } from "node:crypto";

const DIGITS = 24;
const PREFIX = "ntf_";

/** The id of the notification with this key: the same wherever it is handed in, another for each session. */
export const notificationIdOf = (sessionId: string, key: string): string =>
  PREFIX +
  createHash("sha256")
    .update(JSON.stringify([sessionId, key]))
    .digest("hex")
    .slice(0, DIGITS);

/** An id for a notification without a key. */
export const randomNotificationId = (): string => PREFIX + randomBytes(DIGITS / 2).toString("hex");
