export { ARCHIVE_PREFIX, archiveSession } from "./archive.ts";
export { createAuthState } from "./auth-state.ts";
export type { AuthState } from "./auth-state.ts";
export { loadCreds } from "./creds.ts";
export { CREDS_KEY, isKeyKind, KEY_KINDS, keyOf, SESSION_PREFIX } from "./kinds.ts";
export type { KeyKind } from "./kinds.ts";
export { createSentMessages } from "./sent-messages.ts";
export type { SentMessages, SentMessagesOptions } from "./sent-messages.ts";
