/** One open Signal session as the store has it. Times in epoch milliseconds. */
export interface SessionTrace {
  /** `user.device`, `user_domain.device`. */
  readonly address: string;
  /** When something was last read in it, or it began. */
  readonly heardAt: number;
  /** When something was last sent to its user; 0 for never. */
  readonly sentAt: number;
  readonly begunAt: number;
  /** Another device of our own account: it gets a copy of everything we send. */
  readonly own: boolean;
}

/** Our own sender key of one group. */
export interface GroupTrace {
  readonly group: string;
  /** The address of ours that the key is filed under. */
  readonly ownJid: string;
  /** When something was last sent to the group; 0 for never. */
  readonly sentAt: number;
}

/** What the store knows of the conversations up to the moment it was replicated. */
export interface Traces {
  readonly sessions: readonly SessionTrace[];
  readonly groups: readonly GroupTrace[];
}
