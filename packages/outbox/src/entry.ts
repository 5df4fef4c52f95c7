import type { NotificationMachineState } from "./notification/state.ts";

/** A notification that is still to be sent, as it is held in memory. */
export interface Entry {
  readonly id: string;
  /** Of WhatsApp; the same on every attempt. */
  readonly messageId: string;
  /** As `readRecipient` spells it. */
  readonly to: string;
  /** Whose line it stands in: the JID that it goes to, or would. */
  readonly chat: string;
  readonly priority: number;
  readonly createdAt: number;
  readonly textBytes: number;
  /** What it says, where it is at hand; else it is in the store alone. */
  text: string | undefined;
  /** Its number: those of a chat are sent in this order. */
  seq: number;
  state: NotificationMachineState;
}
