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
export { classifyDisconnect, explainDisconnect } from "./disconnect.ts";
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
export type { BackOffKind, Disconnect, DisconnectOrigin, PermanentState, Verdict } from "./verdict.ts";
