import { defineEvent } from "@blacksky/ipc";
import * as z from "zod";

/** What a person needs to link the bot, at this moment. Secret: opens the account to whoever reads it. */
export const pairing = z.discriminatedUnion("state", [
  z.object({ state: z.literal("none") }),
  z.object({ state: z.literal("qr"), qr: z.string(), expiresAt: z.number().int() }),
  z.object({ state: z.literal("code"), code: z.string(), expiresAt: z.number().int() }),
  z.object({ state: z.literal("paired") }),
]);

export type Pairing = z.infer<typeof pairing>;

/** Bot to runner: the QR, the pairing code, or that none is needed. `expiresAt` in epoch milliseconds. */
export const changed = defineEvent("pairing.changed", "childToParent", pairing);
