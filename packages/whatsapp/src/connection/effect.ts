import type { ConnectionTimer } from "./event.ts";
import type { ConnectionPicture } from "./picture.ts";

/** What a person should hear about. */
export type AlertKind =
  | "logged-out"
  | "replaced"
  | "refused"
  | "temporary-ban"
  | "client-rejected"
  | "unknown-disconnect"
  | "retries-exhausted";

/** Why a session goes to the archive. The next `connect` begins without it. */
export type ArchiveReason = "logged-out" | "refused" | "pairing-abandoned";

/** What is to be done; performed in order, each after the one before it is done as far as the bot is concerned. */
export type ConnectionEffect =
  /**
   * Open a socket of this generation; the bot refuses while another one lives. With it goes what a person has said: it
   * forgets what WhatsApp held against the session until `resumedAtMs`.
   */
  | { readonly type: "connect"; readonly generation: number; readonly resumedAtMs: number | null }
  /** End this socket without logging out. */
  | { readonly type: "end"; readonly generation: number; readonly reason: string }
  /** Ask the bot what it has; the answer is `adopted` with `asked: generation`. */
  | { readonly type: "describe"; readonly generation: number }
  | {
      readonly type: "startTimer";
      readonly name: ConnectionTimer;
      readonly delayMs: number;
      readonly generation: number;
    }
  | { readonly type: "cancelTimer"; readonly name: ConnectionTimer }
  /** The session goes to the archive, never away. Who owns the store does it by the same verdict, before the close is reported. */
  | { readonly type: "archiveSession"; readonly reason: ArchiveReason }
  /** A planned restart of the bot process: perhaps a fresh one fares better. */
  | { readonly type: "recycleExecutor"; readonly reason: string }
  | { readonly type: "alert"; readonly kind: AlertKind; readonly text: string }
  /** Tell everybody; comes last whenever the picture has changed. */
  | { readonly type: "publish"; readonly picture: ConnectionPicture };
