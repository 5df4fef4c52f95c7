import { networkErrorCode } from "@blacksky/errors";
import * as z from "zod";
import type { AlertRequest } from "./receivers.ts";

/** `again`: another attempt may succeed; not before `waitMs` where the receiver said so. The address is never in `why`. */
export type PostOutcome =
  | { readonly status: "delivered" }
  | { readonly status: "failed"; readonly why: string; readonly again: boolean; readonly waitMs: number };

const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/** Telegram says in the body alone how long to wait, in seconds. */
const refusal = z.object({ parameters: z.object({ retry_after: z.number() }) });

const waitMsOf = async (reply: Response): Promise<number> => {
  const seconds = Number(reply.headers.get("retry-after"));
  const body = reply.status === 429 && seconds === 0 ? await reply.json().catch(() => undefined) : undefined;
  const wanted = refusal.safeParse(body).data?.parameters.retry_after ?? seconds;
  return Number.isFinite(wanted) && wanted > 0 ? wanted * 1000 : 0;
};

const whyOf = (error: unknown, signal: AbortSignal): string => {
  if (signal.aborted) return "it did not answer in time";
  const code = networkErrorCode(error);
  return code === "unknown"
    ? "it could not be reached, or wanted to lead elsewhere"
    : `it could not be reached (${code})`;
};

/** Hands one alert over; never rejects. */
export const postAlert = async ({ url, headers, body }: AlertRequest, signal: AbortSignal): Promise<PostOutcome> => {
  try {
    // The owner named this receiver and no other.
    const reply = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
    const waitMs = reply.ok ? 0 : await waitMsOf(reply);
    // Unread, it would keep the connection.
    if (!reply.bodyUsed) await reply.body?.cancel();
    if (reply.ok) return { status: "delivered" };
    const again = reply.status >= 500 || TRY_AGAIN.has(reply.status);
    return { status: "failed", why: `it answered HTTP ${String(reply.status)}`, again, waitMs };
  } catch (error) {
    return { status: "failed", why: whyOf(error, signal), again: true, waitMs: 0 };
  }
};
