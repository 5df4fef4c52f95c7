/** What can happen to a notification. `chance` is a roll in [0, 1) for delays. */
export type NotificationEvent =
  /** The time that it was scheduled for has come. */
  | { readonly type: "due" }
  /** Its turn has come. */
  | { readonly type: "taken"; readonly generation: number }
  /** The server has it. */
  | { readonly type: "accepted" }
  /** A device of the recipient, or of a member of the group, has it. */
  | { readonly type: "delivered" }
  /** The server does not want it. */
  | { readonly type: "refused"; readonly code: string; readonly chance: number }
  /** This attempt came to nothing, or nobody knows what became of it. */
  | { readonly type: "failed"; readonly generation: number; readonly problem: string; readonly chance: number }
  /** No attempt will ever succeed. */
  | { readonly type: "impossible"; readonly problem: string }
  /** An attempt was broken off, for reasons that are not the notification's: most of the time the connection ended. */
  | { readonly type: "interrupted"; readonly problem: string }
  /** Found in the middle of an attempt by the next process. */
  | { readonly type: "rescued"; readonly chance: number }
  /** Its time is over. */
  | { readonly type: "expired" }
  /** A person does not want it any more. */
  | { readonly type: "cancel" }
  /** A person wants it to be tried now. */
  | { readonly type: "retry" };
