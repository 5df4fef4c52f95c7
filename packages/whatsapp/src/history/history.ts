import type { ConnectionPicture, PublicConnectionState } from "../connection/picture.ts";

/** One change of the connection's public state. Times in epoch milliseconds. */
export interface ConnectionTransition {
  readonly from: PublicConnectionState;
  readonly to: PublicConnectionState;
  /** WhatsApp's code where a connection ended (0: it was not WhatsApp). */
  readonly code: number | null;
  /** Plain words. */
  readonly reason: string;
  readonly at: number;
  /** How long the state before had lasted. */
  readonly durationMs: number;
}

/** What has become of the connection. */
export interface ConnectionHistory {
  /** The newest last. */
  readonly transitions: readonly ConnectionTransition[];
  /** How often connections ended, by code. */
  readonly disconnects: Readonly<Record<string, number>>;
  /** Where it stands; `null` before anything is known. `disconnectAt`: the newest end that is counted. */
  readonly last: {
    readonly state: PublicConnectionState;
    readonly since: number;
    readonly disconnectAt: number | null;
  } | null;
}

/** More would be read by nobody. */
const LONGEST = 50;
/** WhatsApp has about twenty codes; what comes beyond this many is counted together. */
const MOST_CODES = 32;
const OTHER_CODES = "other";
const SAME_MS = 1000;

/** Before anything is known. */
export const emptyHistory: ConnectionHistory = { transitions: [], disconnects: {}, last: null };

/** Every public state, and what is to be said of one that begins without an end of a connection. */
export const STATES: Readonly<Record<PublicConnectionState, string>> = {
  standby: "It waits for its turn, or for the bot.",
  pairing: "It waits for a phone to link the bot.",
  connecting: "A connection is being opened.",
  open: "The connection is open.",
  "backing-off": "It waits before the next attempt.",
  "logged-out": "The bot is not linked to a phone any more.",
  replaced: "Another program uses the session.",
  refused: "WhatsApp does not let the account in.",
  stopped: "It was stopped.",
};

const countDisconnect = (counts: ConnectionHistory["disconnects"], code: number): ConnectionHistory["disconnects"] => {
  const name = String(code);
  const isKnown = name in counts || Object.keys(counts).length < MOST_CODES;
  const key = isKnown ? name : OTHER_CODES;
  return { ...counts, [key]: (counts[key] ?? 0) + 1 };
};

/** A keeper that was restarted has the beginning from the bot, whose clock was read a moment before or after. */
const isSameTime = (one: number, other: number, hasEnded: boolean): boolean =>
  one === other || (!hasEnded && Math.abs(one - other) < SAME_MS);

/**
 * Takes in the connection as it is now. The same object comes back where that is no news. What nobody saw (no process
 * was there) is left out: the next transition begins where the last one ended.
 */
export const recordPicture = (history: ConnectionHistory, picture: ConnectionPicture): ConnectionHistory => {
  const { last } = history;
  const { state, since, lastDisconnect } = picture;
  const ended = lastDisconnect !== null && lastDisconnect.at > (last?.disconnectAt ?? 0) ? lastDisconnect : null;
  const isSame = last !== null && last.state === state && isSameTime(last.since, since, ended !== null);
  if (isSame && ended === null) return history;
  const transition: ConnectionTransition | null =
    last === null || isSame
      ? null
      : {
          from: last.state,
          to: state,
          code: ended?.code ?? null,
          reason: ended?.reason ?? STATES[state],
          at: since,
          durationMs: Math.max(0, since - last.since),
        };
  return {
    transitions: transition === null ? history.transitions : [...history.transitions, transition].slice(-LONGEST),
    disconnects: ended === null ? history.disconnects : countDisconnect(history.disconnects, ended.code),
    last: { state, since, disconnectAt: ended?.at ?? last?.disconnectAt ?? null },
  };
};
