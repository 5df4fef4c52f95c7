import { bareJid, phoneDigits, phoneOf } from "./jid.ts";

/** Who sent something, by either address; messages carry one, the other or both. */
export interface Sender {
  readonly pn?: string | undefined;
  readonly lid?: string | undefined;
}

/**
 * True when the sender is an owner. Both addresses count, because groups may show only the LID.
 *
 * @param numbers owner numbers in any spelling
 * @param knownOwnerLids LIDs known to belong to those numbers
 */
export const isOwner = (numbers: readonly string[], sender: Sender, knownOwnerLids: readonly string[]): boolean => {
  const phone = sender.pn === undefined ? undefined : phoneOf(sender.pn);
  if (phone !== undefined && numbers.some((number) => phoneDigits(number) === phone)) return true;
  const lid = sender.lid === undefined ? undefined : bareJid(sender.lid);
  return lid !== undefined && knownOwnerLids.some((known) => bareJid(known) === lid);
};
