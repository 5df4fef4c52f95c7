import { stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";

/** Why the server lets nobody in: the attributes of `<failure>`. */
export interface LoginRefusal {
  /** 401, 402, 403, … */
  reason: number;
  /** Kind of a temporary ban (402): 101 to 106. */
  code?: number;
  /** How long a temporary ban (402) lasts. */
  expireSeconds?: number;
}

/** The stanza that clients get instead of `<success>`. */
export const failureStanza = ({ reason, code, expireSeconds }: LoginRefusal): Stanza =>
  stanza("failure", {
    reason: reason.toString(),
    location: "simulator",
    code: code?.toString(),
    expire: expireSeconds?.toString(),
  });
