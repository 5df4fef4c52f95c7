/** One ciphertext of a stanza, as it was read. */
export interface ReadPart {
  /** Tells this ciphertext from every other of the same message. */
  readonly fingerprint: string;
  /** As Signal gave it back, padding included. Empty where nobody needs it any more. */
  readonly plaintext: Uint8Array;
}

/**
 * Where an entry is. `pending`: read, and not handled yet; `handled`: every effect of it has been accepted, or it was given
 * up; `void`: there is nothing in it to handle (yet: the same message may come again with more).
 */
export type EntryState = "pending" | "handled" | "void";

/** A message that was read. */
export interface Entry {
  /** Made of chat, sender and message id; see `entryId`. */
  readonly id: string;
  /** Order of arrival; only grows. */
  readonly sequence: number;
  readonly state: EntryState;
  /** When it was read, or handled; epoch milliseconds. */
  readonly at: number;
  /** How many processes have begun to handle it; whoever reads it counts as one. */
  readonly attempts: number;
  /** Whose message it is: the account that the bot was linked to. */
  readonly account: string;
  /** The stanza's attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly parts: readonly ReadPart[];
}
