import { formatJid, GROUP_SERVER, LID_SERVER, parseJid, phoneDigits, USER_SERVER, userJid } from "./jid.ts";

/** Whom a notification goes to: the owner, whoever that is, or one person or group. */
export type Recipient = { readonly kind: "owner" } | { readonly kind: "jid"; readonly jid: string };

const PHONE = /^\+?[\d\s().-]+$/;
const PHONE_DIGITS = /^[1-9]\d{6,14}$/;
/** How the user part of an address looks on the servers that have recipients. */
const USER_OF: ReadonlyMap<string, RegExp> = new Map([
  [USER_SERVER, PHONE_DIGITS],
  [LID_SERVER, /^\d+$/],
  [GROUP_SERVER, /^\d+(-\d+)?$/],
]);

/**
 * Reads `owner`, a phone number with country code in any spelling, or the JID of a person or a group; a device in it is
 * left out. `undefined` for anything else, also for what is none of these, such as a channel.
 */
export const parseRecipient = (text: string): Recipient | undefined => {
  if (text === "owner") return { kind: "owner" };
  if (PHONE.test(text)) {
    return PHONE_DIGITS.test(phoneDigits(text)) ? { kind: "jid", jid: userJid(text) } : undefined;
  }
  const jid = parseJid(text);
  if (jid === undefined || USER_OF.get(jid.server)?.test(jid.user) !== true) return undefined;
  return { kind: "jid", jid: formatJid({ user: jid.user, server: jid.server }) };
};
