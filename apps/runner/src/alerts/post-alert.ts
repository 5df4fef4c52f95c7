import { networkErrorCode } from "@blacksky/errors";

/** The JSON that a webhook gets. `text` is what Slack shows, `content` what Discord shows; programs go by the others. */
export interface AlertNote {
  readonly kind: string;
  readonly text: string;
  readonly content: string;
  /** Which of the owner's bots: its SESSION_ID. */
  readonly bot: string;
  /** ISO 8601. */
  readonly at: string;
}

/** `again`: another attempt may succeed; not before `waitMs` where the receiver said so. The address is never in `why`. */
export type PostOutcome =
  | { readonly status: "delivered" }
  | { readonly status: "failed"; readonly why: string; readonly again: boolean; readonly waitMs: number };

/** Hands one alert over; never rejects. */
export type PostAlert = (note: AlertNote, signal: AbortSignal) => Promise<PostOutcome>;

const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

const waitMsOf = (reply: Response): number => {
  const seconds = Number(reply.headers.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
};

const whyOf = (error: unknown, signal: AbortSignal): string => {
  if (signal.aborted) return "it did not answer in time";
  const code = networkErrorCode(error);
  return code === "unknown"
    ? "it could not be reached, or wanted to lead elsewhere"
    : `it could not be reached (${code})`;
};

/** Posts to this address, which is a secret: whoever knows it may write into the owner's channel. */
export const createPoster =
  (url: string): PostAlert =>
  async (note, signal) => {
    try {
      const reply = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "BLACKSKY-MD alerts" },
        body: JSON.stringify(note),
        // The owner named this receiver and no other.
        redirect: "error",
        signal,
      });
      // Unread, it would keep the connection.
      await reply.body?.cancel();
      if (reply.ok) return { status: "delivered" };
      const again = reply.status >= 500 || TRY_AGAIN.has(reply.status);
      return { status: "failed", why: `it answered HTTP ${String(reply.status)}`, again, waitMs: waitMsOf(reply) };
    } catch (error) {
      return { status: "failed", why: whyOf(error, signal), again: true, waitMs: 0 };
    }
  };
