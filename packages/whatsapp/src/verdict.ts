/**
 * Where the code comes from: the open stream, the server's refusal to log in, a message that could not be sent (then
 * nothing is said about the connection), or this side (timeouts, a closed pipe).
 */
export type DisconnectOrigin = "stream" | "failure" | "send" | "local";

/** One ended socket, as the bot reports it. */
export interface Disconnect {
  /** Baileys' `DisconnectReason`, an HTTP-like number. */
  readonly code: number;
  /** Baileys' own words, only read to tell causes with one code apart. */
  readonly reason?: string | undefined;
  readonly origin: DisconnectOrigin;
  /** True once the phone has confirmed the link (`creds.account` exists); a requested pairing code is not yet a pairing. */
  readonly paired: boolean;
  /** The bot itself was told to log out or to end. */
  readonly intentional: boolean;
  /** End of a temporary ban in epoch milliseconds. */
  readonly expiresAtMs?: number | null | undefined;
}

/** How fast to come back: each kind has its own pace. */
export type BackOffKind = "lost" | "unavailable" | "badSession" | "outdated" | "rejected" | "unknown";

/** States that nobody leaves without a person. */
export type PermanentState = "logged-out" | "replaced" | "refused";

/** What to do about it. */
export type Verdict =
  | { readonly type: "reconnectNow" }
  | { readonly type: "backOff"; readonly kind: BackOffKind }
  /** No traffic before `untilMs` (epoch milliseconds); `null` when the server named no end. */
  | { readonly type: "wait"; readonly untilMs: number | null }
  /** Nobody scanned in time. `halfDone`: a pairing code was requested and not used; its credentials must go first. */
  | { readonly type: "pairingExpired"; readonly halfDone: boolean }
  /** `session`: whether the stored session is dead and to be archived. Never delete it. */
  | { readonly type: "permanent"; readonly state: PermanentState; readonly session: "archive" | "keep" };
