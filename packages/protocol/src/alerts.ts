import { defineEvent } from "@blacksky/ipc";
import * as z from "zod";

/** What a person should hear about although WhatsApp itself may be the problem. Nothing private is in it. */
export const alert = z.object({
  /** The same word for the same trouble, such as `logged-out`. */
  kind: z
    .string()
    .max(40)
    .regex(/^[a-z]+(-[a-z]+)*$/),
  /** What happened and what to do, in full sentences. */
  text: z.string().min(1).max(2_000),
});

export type Alert = z.infer<typeof alert>;

/** Any worker to runner: tell a person, by a way that is not WhatsApp. */
export const raised = defineEvent("alerts.raised", "childToParent", alert);
