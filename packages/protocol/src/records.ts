import { defineRequest } from "@blacksky/ipc";
import * as z from "zod";

const count = z.number().int().nonnegative();

/**
 * What a record can be: the kinds of Signal keys in Baileys' spelling, the credentials, and what else lies in the store. A
 * fixed list, so that nothing in a store can make new time series in a monitor.
 */
export const RECORD_KINDS = [
  "creds",
  "pre-key",
  "session",
  "sender-key",
  "sender-key-memory",
  "app-state-sync-key",
  "app-state-sync-version",
  "lid-mapping",
  "device-list",
  "tctoken",
  "identity-key",
  "sent-message",
  "inbox",
  "outbox",
  "archive",
  "connection",
  "other",
] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

/** Bounds of the classes of size, in bytes, each included; the last class has none. Most session records have 1 to 3 KB. */
export const SIZE_BOUNDS = [64, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 65_536, 262_144] as const;

const recordSizes = z.object({
  kind: z.enum(RECORD_KINDS),
  bytes: count,
  /** How many records are in each class: one more than there are bounds. */
  classes: z.array(count).length(SIZE_BOUNDS.length + 1),
});

/** The sizes of all records of one kind. */
export type RecordSizes = z.infer<typeof recordSizes>;

/** Runner to backup: how large are the records of the session? As they were some minutes ago at most, while somebody asks. */
export const measure = defineRequest("records.measure", "parentToChild", {
  body: z.object({}),
  reply: z.object({ kinds: z.array(recordSizes).max(RECORD_KINDS.length) }),
});
