export { ARCHIVE_PREFIX, archiveSession } from "./archive.ts";
export { createAuthState } from "./auth-state.ts";
export type { AuthState, AuthStateOptions } from "./auth-state.ts";
export { FRESH_ORIGIN, loadCreds, ORIGIN_META } from "./creds.ts";
export { CREDS_KEY, isKeyKind, KEY_KINDS, keyOf, SESSION_PREFIX } from "./kinds.ts";
export type { KeyKind } from "./kinds.ts";
export { createSentMessages } from "./sent-messages.ts";
export type { SentMessages, SentMessagesOptions } from "./sent-messages.ts";
export type { SessionLog } from "./signal-keys.ts";
