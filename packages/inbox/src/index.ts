export { entryId, fingerprintOf } from "./entry-id.ts";
export type { MessageName } from "./entry-id.ts";
export type { Entry, EntryState, ReadPart } from "./entry.ts";
export { createInbox } from "./inbox.ts";
export type { Inbox, InboxOptions, ReadMessage } from "./inbox.ts";
export type { Rescued } from "./take-up.ts";
