import { defineEvent } from "@blacksky/ipc";
import * as z from "zod";

/** Something that the owner may want to read in WhatsApp. Nothing private is in it. */
export const notice = z.object({
  /** The same word for the same matter, such as `database-back`; those of one kind are told together. */
  kind: z
    .string()
    .max(40)
    .regex(/^[a-z]+(-[a-z]+)*$/),
  /** `all`: only for owners who want to hear of everything. */
  importance: z.enum(["important", "all"]),
  /** What happened, in full sentences. */
  text: z.string().min(1).max(2_000),
});

export type Notice = z.infer<typeof notice>;

/** Runner to bot: tell the owner, when there is a good moment. */
export const told = defineEvent("notices.told", "parentToChild", notice);
