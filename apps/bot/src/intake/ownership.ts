import { isOwner, type Sender } from "@blacksky/whatsapp";

/** Looks up the phone-number JID behind a LID, as far as it is known. */
export type PhoneOfLid = (lid: string) => Promise<string | undefined>;

/**
 * True when the sender is one of the owners. Groups and newer chats may show a LID alone; the number behind it is then
 * looked up, since owners are configured by number.
 *
 * @param owners phone numbers, digits
 */
export const isFromOwner = async (
  owners: readonly string[],
  sender: Sender,
  phoneOfLid: PhoneOfLid,
): Promise<boolean> => {
  if (owners.length === 0) return false;
  if (isOwner(owners, sender, [])) return true;
  if (sender.pn !== undefined || sender.lid === undefined) return false;
  return isOwner(owners, { pn: await phoneOfLid(sender.lid) }, []);
};
