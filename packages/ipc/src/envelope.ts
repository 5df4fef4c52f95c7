import * as z from "zod";

const id = z.number().int().positive();

/** What travels: every message of every channel is one of these, parsed on receipt, always. */
export const envelope = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("event"), type: z.string(), body: z.unknown() }),
  z.object({ kind: z.literal("request"), id, type: z.string(), body: z.unknown() }),
  z.object({ kind: z.literal("reply"), id, body: z.unknown() }),
  z.object({ kind: z.literal("failure"), id, code: z.string(), message: z.string(), hint: z.string().optional() }),
]);

export type Envelope = z.infer<typeof envelope>;
