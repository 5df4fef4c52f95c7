/** What is to be sent, as WhatsApp is to see it. */
export interface Letter {
  /** The message id. */
  readonly id: string;
  /** JID of a person or a group. */
  readonly chat: string;
  readonly text: string;
}

/** A letter in WhatsApp's form. */
export interface ReadyLetter {
  /** Keeps it for recipients who cannot read it and ask again; begun in the same turn as the commit that goes before `relay`. */
  remember(): Promise<void>;
  /** Puts it on the wire; resolves when it is there, which says nothing of the server. */
  relay(): Promise<void>;
}

/** An open connection, as the outbox uses it. What the server says comes back through the outbox's own methods. */
export interface Carrier {
  prepare(letter: Letter): Promise<ReadyLetter>;
  /** Asks for the devices that belong to a chat, and forgets what was known. */
  refreshDevices(chat: string): Promise<void>;
  /** Asks whether, and until when, the account may not write to strangers; the answer comes through `restricted`. */
  askRestriction(): Promise<void>;
}
