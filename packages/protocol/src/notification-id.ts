import { hash, randomBytes } from "node:crypto";

const DIGITS = 24;
/** What every id of a notification begins with. */
export const NOTIFICATION_ID_PREFIX = "ntf_";

/** The id of the notification with this key: the same wherever it is handed in, another for each session. */
export const notificationIdOf = (sessionId: string, key: string): string =>
  NOTIFICATION_ID_PREFIX + hash("sha256", JSON.stringify([sessionId, key]), "hex").slice(0, DIGITS);

/** An id for a notification without a key. */
export const randomNotificationId = (): string => NOTIFICATION_ID_PREFIX + randomBytes(DIGITS / 2).toString("hex");
