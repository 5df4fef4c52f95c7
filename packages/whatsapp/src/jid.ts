/** A WhatsApp address taken apart; `device` is 0 for the account itself (its phone). */
export interface Jid {
  readonly user: string;
  readonly server: string;
  readonly device: number;
}

/** What an address stands for. `user` is a phone-number JID (PN), `lid` the same person without the number. */
export type JidKind = "user" | "lid" | "group" | "broadcast" | "newsletter" | "other";

/** The server part of phone-number JIDs. */
export const USER_SERVER = "s.whatsapp.net";
/** The server part of LIDs. */
export const LID_SERVER = "lid";
/** The server part of groups. */
export const GROUP_SERVER = "g.us";

const KINDS: ReadonlyMap<string, JidKind> = new Map([
  [USER_SERVER, "user"],
  ["hosted", "user"],
  [LID_SERVER, "lid"],
  ["hosted.lid", "lid"],
  [GROUP_SERVER, "group"],
  ["broadcast", "broadcast"],
  ["newsletter", "newsletter"],
]);

// `user[_agent][:device]@server`; the agent only repeats what the server says.
const FORM = /^([^\s@:_]+)(?:_\d+)?(?::(\d+))?@([a-z.]+)$/;

/** Takes `user[:device]@server` apart; `undefined` for what is no address. The old server name `c.us` becomes today's. */
export const parseJid = (text: string): Jid | undefined => {
  const [, user, device, server] = FORM.exec(text) ?? [];
  if (user === undefined || server === undefined) return undefined;
  return { user, server: server === "c.us" ? USER_SERVER : server, device: Number(device ?? 0) };
};

/** Puts an address together; device 0 is left out, as WhatsApp does. */
export const formatJid = ({ user, server, device }: Omit<Jid, "device"> & { device?: number }): string =>
  device === undefined || device === 0 ? `${user}@${server}` : `${user}:${String(device)}@${server}`;

/** What the address stands for; `other` also for text that is no address. */
export const jidKind = (text: string): JidKind => KINDS.get(parseJid(text)?.server ?? "") ?? "other";

/** The address of the account without the device; text that is no address comes back as it is. */
export const bareJid = (text: string): string => {
  const jid = parseJid(text);
  return jid === undefined ? text : formatJid({ user: jid.user, server: jid.server });
};

/** True when both are devices of one account under the same kind of address. A PN and a LID never match here. */
export const sameUser = (one: string, other: string): boolean =>
  parseJid(one) !== undefined && bareJid(one) === bareJid(other);

/** The digits of a phone number however it was written: `+49 170-12 (34)` and `0049…` are both `49…`. */
export const phoneDigits = (text: string): string => text.replaceAll(/\D/g, "").replace(/^00/, "");

/** The phone number of a phone-number JID, as digits; `undefined` for LIDs, groups and the rest. */
export const phoneOf = (text: string): string | undefined => {
  const jid = parseJid(text);
  return jid !== undefined && KINDS.get(jid.server) === "user" && /^\d+$/.test(jid.user) ? jid.user : undefined;
};

/** The phone-number JID of a number in any spelling. */
export const userJid = (number: string): string => formatJid({ user: phoneDigits(number), server: USER_SERVER });

/** The address for logs: two last characters of the user part, enough to tell two people apart, too little to call them. */
export const redactJid = (text: string): string => {
  const jid = parseJid(text);
  if (jid === undefined) return "…";
  return `…${jid.user.slice(-2)}@${jid.server}`;
};
