import { classifyDisconnect } from "../disconnect.ts";
import type { Disconnect } from "../verdict.ts";

/**
 * What WhatsApp last held against the session. The bot keeps it with the session, because keepers, bots and whole machines
 * are replaced: the next one must not connect where the one before had stopped.
 */
export interface Standing {
  readonly kind: "replaced" | "refused" | "temporaryBan" | "outdated" | "rejected";
  /** WhatsApp's code. */
  readonly code: number;
  /** When the socket ended, in epoch milliseconds. */
  readonly atMs: number;
  /** End of a ban in epoch milliseconds, where WhatsApp named one. */
  readonly untilMs: number | null;
  /** How many times in a row it was said. */
  readonly times: number;
  /** When it was said the time before. */
  readonly previousAtMs: number | null;
  /** A connection has opened since; kept only so that a second take-over is known for one. */
  readonly isOver: boolean;
}

const kindOf = (disconnect: Disconnect): Standing["kind"] | "loggedOut" | undefined => {
  const verdict = classifyDisconnect(disconnect);
  switch (verdict.type) {
    case "permanent":
      return verdict.state === "logged-out" ? "loggedOut" : verdict.state;
    case "wait":
      return "temporaryBan";
    case "backOff":
      return verdict.kind === "outdated" || verdict.kind === "rejected" ? verdict.kind : undefined;
    case "reconnectNow":
    case "pairingExpired":
      return undefined;
  }
};

/** True for what WhatsApp says about the session itself, and not about one of its connections. */
export const isAboutSession = (disconnect: Disconnect): boolean => kindOf(disconnect) !== undefined;

/** The standing once this socket has ended; the same object when nothing changes. */
export const standingAfterClosing = (old: Standing | null, disconnect: Disconnect, now: number): Standing | null => {
  const kind = kindOf(disconnect);
  if (kind === undefined) return old;
  // The session is archived, and whatever was held against it went with it: pairing anew is right.
  if (kind === "loggedOut") return null;
  const again = old?.kind === kind ? old : null;
  return {
    kind,
    code: disconnect.code,
    atMs: now,
    untilMs: disconnect.expiresAtMs ?? null,
    times: (again?.times ?? 0) + 1,
    previousAtMs: again?.atMs ?? null,
    isOver: false,
  };
};

/** The standing once a connection is open: nothing is held against the session any more. */
export const standingAfterOpening = (old: Standing | null): Standing | null => {
  if (old?.kind !== "replaced") return null;
  return old.isOver ? old : { ...old, isOver: true };
};
