import type { Disconnect, Verdict } from "./verdict.ts";

/** One line of the policy. The first row whose code fits and whose `when` holds decides. */
export interface DisconnectRow {
  readonly codes: readonly number[];
  /** Baileys' name, or whatsmeow's where Baileys has none. */
  readonly name: string;
  readonly when?: (disconnect: Disconnect) => boolean;
  readonly verdict: Verdict;
  readonly words: string;
}

const atLogin = ({ origin }: Disconnect): boolean => origin === "failure";
const unpaired = ({ paired }: Disconnect): boolean => !paired;
// Baileys gives the end of the QR codes and a connection that never came up the same code.
const qrEnded = ({ paired, reason }: Disconnect): boolean =>
  !paired && (reason === undefined || /QR refs/i.test(reason));
const fromSend = ({ origin }: Disconnect): boolean => origin === "send";

const backOff = (kind: Extract<Verdict, { type: "backOff" }>["kind"]): Verdict => ({ type: "backOff", kind });
const LOGGED_OUT: Verdict = { type: "permanent", state: "logged-out", session: "archive" };
const REFUSED_DEAD: Verdict = { type: "permanent", state: "refused", session: "archive" };
const REFUSED: Verdict = { type: "permanent", state: "refused", session: "keep" };
const HALF_DONE: Verdict = { type: "pairingExpired", halfDone: true };

// A table is read by its rows.
// prettier-ignore
export const DISCONNECT_ROWS: readonly DisconnectRow[] = [
  // What a send reports (not paired, no session) says nothing about the connection; the codes below would mislead.
  { codes: [401, 403, 406], name: "sendFailed", when: fromSend, verdict: backOff("lost"), words: "A message could not be sent and the connection was closed." },

  { codes: [515], name: "restartRequired", verdict: { type: "reconnectNow" }, words: "WhatsApp asked for a fresh connection. This is normal, above all right after pairing." },
  { codes: [428], name: "connectionClosed", verdict: backOff("lost"), words: "The connection to WhatsApp was closed." },
  { codes: [408], name: "timedOut", when: qrEnded, verdict: { type: "pairingExpired", halfDone: false }, words: "Nobody scanned the QR code in time." },
  { codes: [408], name: "connectionLost", verdict: backOff("lost"), words: "WhatsApp did not answer in time, or could not be reached." },

  { codes: [500, 501, 503], name: "unavailableService", when: atLogin, verdict: backOff("unavailable"), words: "WhatsApp's servers are unavailable at the moment." },
  { codes: [501, 503], name: "unavailableService", verdict: backOff("lost"), words: "WhatsApp closed the connection because its service was unavailable for a moment." },
  { codes: [500], name: "badSession", verdict: backOff("badSession"), words: "WhatsApp closed the connection without a known reason. The session is kept." },

  { codes: [440], name: "connectionReplaced", verdict: { type: "permanent", state: "replaced", session: "keep" }, words: "Another program uses this session. Stop the other one: only one may run." },

  { codes: [401], name: "loggedOut", when: ({ intentional }) => intentional, verdict: LOGGED_OUT, words: "The bot was logged out on request. Pair it again to go on." },
  { codes: [401], name: "pairingAbandoned", when: unpaired, verdict: HALF_DONE, words: "The pairing code was not used in time." },
  { codes: [401], name: "loggedOut", verdict: LOGGED_OUT, words: "The bot was unlinked from the phone (Linked devices). Its session is archived; pair it again to go on." },

  { codes: [402], name: "temporaryBan", verdict: { type: "wait", untilMs: null }, words: "WhatsApp has banned this number for a while. The bot waits for the end of the ban; send less, and only to people who know you." },
  { codes: [403], name: "forbidden", verdict: REFUSED_DEAD, words: "WhatsApp has locked the account, or its phone is gone. Open WhatsApp on the phone to see why; the session is archived." },
  { codes: [406], name: "banned", verdict: REFUSED_DEAD, words: "WhatsApp has banned the account or logged it out. Open WhatsApp on the phone to see why; the session is archived." },
  { codes: [411], name: "multideviceMismatch", verdict: REFUSED, words: "This account does not allow linked devices. Update WhatsApp on the phone, then resume." },
  { codes: [405], name: "clientOutdated", verdict: backOff("outdated"), words: "WhatsApp no longer accepts this version of the client. Update the bot if this does not pass within an hour." },
  { codes: [409], name: "badUserAgent", verdict: backOff("rejected"), words: "WhatsApp does not accept how the client introduces itself. Update the bot." },
  { codes: [413, 414, 415, 416, 417, 418], name: "attestation", verdict: backOff("rejected"), words: "WhatsApp could not verify the client. Update the bot if this does not pass within an hour." },
];

/** Any other code. */
export const UNKNOWN_ROW: DisconnectRow = {
  codes: [],
  name: "unknown",
  verdict: backOff("unknown"),
  words: "WhatsApp closed the connection with a code that is not known yet.",
};
