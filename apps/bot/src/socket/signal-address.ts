import { jidDecode, jidEncode, WAJIDDomains, type JidServer } from "@whiskeysockets/baileys";

/** Baileys' numbers for the servers that devices live on. */
const SERVERS: ReadonlyMap<number, JidServer> = new Map([
  [WAJIDDomains.WHATSAPP, "s.whatsapp.net"],
  [WAJIDDomains.LID, "lid"],
  [WAJIDDomains.HOSTED, "hosted"],
  [WAJIDDomains.HOSTED_LID, "hosted.lid"],
]);

/** The user part of a Signal address, `user` for a phone number and `user_1` for a LID; `undefined` if not a user's. */
export const signalUserOf = (jid: string | undefined): string | undefined => {
  const decoded = jidDecode(jid);
  if (decoded === undefined || decoded.user === "") return undefined;
  const { user, domainType = 0 } = decoded;
  return domainType === 0 ? user : `${user}_${String(domainType)}`;
};

/** The Signal user of a LID, given by its user part as it stands in a LID mapping. */
export const signalUserOfLid = (user: string): string => `${user}_${String(WAJIDDomains.LID)}`;

/** How a device's own sender key of a group ends: `::user::device`. */
export const senderNameOf = (jid: string | undefined): string | undefined => {
  const user = signalUserOf(jid);
  return user === undefined ? undefined : `::${user}::${String(jidDecode(jid)?.device ?? 0)}`;
};

/** The device behind a Signal address (`user.device`, `user_domain.device`), as Baileys wants to be told it. */
export const jidOfAddress = (address: string): string | undefined => {
  const [, user, domain, device] = /^([^_.]+)(?:_(\d+))?\.(\d+)$/.exec(address) ?? [];
  const server = SERVERS.get(Number(domain ?? 0));
  if (user === undefined || server === undefined) return undefined;
  return jidEncode(user, server, Number(device));
};
