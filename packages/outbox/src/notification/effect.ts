/** What is to be done, in order. */
export type NotificationEffect =
  /** Write it as it is now. */
  | { readonly type: "save" }
  /** Write it as it is now, at the end of its chat's line. */
  | { readonly type: "queue" }
  /** Write it as it is now, and once that is committed, put it on the wire. */
  | { readonly type: "send" }
  /** Ask for the devices of its chat anew. */
  | { readonly type: "refreshDevices" };
