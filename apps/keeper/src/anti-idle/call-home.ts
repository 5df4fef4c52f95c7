import { networkErrorCode } from "@blacksky/errors";
import { instance } from "@blacksky/protocol";

/** What came of one call to our own public address. */
export type HomeCall =
  | { readonly status: "failed"; readonly why: string }
  | {
      readonly status: "answered";
      readonly httpStatus: number;
      /** Who answered; `null` when it is none of ours. */
      readonly instance: string | null;
      readonly forwarded: boolean;
    };

/** The address of the endpoint that costs nothing. */
export const liveUrl = (base: string): string => `${base.replace(/\/+$/, "")}/live`;

const whyOf = (error: unknown, signal: AbortSignal): string => {
  if (signal.aborted) return "it did not answer in time";
  const code = networkErrorCode(error);
  return code === "unknown" ? "it could not be reached" : `it could not be reached (${code})`;
};

/** Calls once, as anybody on the web would; never rejects. */
export const callHome = async (base: string, signal: AbortSignal): Promise<HomeCall> => {
  try {
    const headers = { "user-agent": "BLACKSKY-MD anti-idle", "cache-control": "no-cache" };
    const reply = await fetch(liveUrl(base), { headers, signal });
    // Unread, it would keep the connection.
    await reply.body?.cancel();
    return {
      status: "answered",
      httpStatus: reply.status,
      instance: reply.headers.get(instance.LIVE_HEADERS.instance),
      forwarded: reply.headers.get(instance.LIVE_HEADERS.forwarded) === "true",
    };
  } catch (error) {
    return { status: "failed", why: whyOf(error, signal) };
  }
};
