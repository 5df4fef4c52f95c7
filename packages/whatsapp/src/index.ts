export { transitionConnection } from "./connection/transition.ts";
export type { AlertKind, ArchiveReason, ConnectionEffect } from "./connection/effect.ts";
export type { Adopted, ConnectionEvent, ConnectionTimer, SocketClosed, SocketEvent } from "./connection/event.ts";
export { connectionPicture } from "./connection/picture.ts";
export type { ConnectionPicture, PublicConnectionState } from "./connection/picture.ts";
export { connectionSettings } from "./connection/settings.ts";
export { standingAfterClosing, standingAfterOpening } from "./connection/standing.ts";
export type { Standing } from "./connection/standing.ts";
export type { ConnectionSettings, ReconnectPace } from "./connection/settings.ts";
export { initialConnection, isHeld, isPermanent } from "./connection/state.ts";
export type { ConnectionMemory, ConnectionState, ConnectionStatus, PauseKind } from "./connection/state.ts";
export { transitionWatchdog } from "./watchdog/transition.ts";
export type { WatchdogEffect } from "./watchdog/effect.ts";
export type { Vitals, WatchdogEvent, WatchdogTimer } from "./watchdog/event.ts";
export { watchdogSettings } from "./watchdog/settings.ts";
export type { WatchdogSettings } from "./watchdog/settings.ts";
export { initialWatchdog } from "./watchdog/state.ts";
export type { WatchdogState, WatchdogStatus } from "./watchdog/state.ts";
export { classifyDisconnect, explainDisconnect } from "./disconnect.ts";
export { emptyHistory, recordPicture } from "./history/history.ts";
export type { ConnectionHistory, ConnectionTransition } from "./history/history.ts";
export { beginSpan, DAY_MS, emptyUptime, extendSpan, uptimePercent, WEEK_MS } from "./history/uptime.ts";
export { decodeHistory, decodeUptime, encodeHistory, encodeUptime } from "./history/stored.ts";
export type { Uptime, UpSpan } from "./history/uptime.ts";
export {
  GROUP_SERVER,
  LID_SERVER,
  USER_SERVER,
  bareJid,
  formatJid,
  jidKind,
  parseJid,
  phoneDigits,
  phoneOf,
  redactJid,
  sameUser,
  userJid,
} from "./jid.ts";
export type { Jid, JidKind } from "./jid.ts";
export { isOwner } from "./owner.ts";
export type { Sender } from "./owner.ts";
export { parseRecipient } from "./recipient.ts";
export type { Recipient } from "./recipient.ts";
export { nextReconnect, reconnectSchedule, whyNotNow } from "./schedule/planned-reconnect.ts";
export type { PlannedReconnects, ReconnectSchedule, Traffic } from "./schedule/planned-reconnect.ts";
export { endOfQuiet, hourOfDayIn } from "./schedule/quiet-hours.ts";
export type { HourOfDay, QuietHours } from "./schedule/quiet-hours.ts";
export type { BackOffKind, Disconnect, DisconnectOrigin, PermanentState, Verdict } from "./verdict.ts";
