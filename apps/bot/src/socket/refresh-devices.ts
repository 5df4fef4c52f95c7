import { jidKind } from "@blacksky/whatsapp";
import { jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys";
import type { GroupCache } from "./group-cache.ts";

/**
 * Asks the server for the devices of everybody in a chat, and of our own account, which gets a copy of everything. Baileys
 * keeps what it once learnt, and would go on to write to devices that are gone.
 */
export const refreshDevices = async (
  socket: Pick<WASocket, "getUSyncDevices" | "groupMetadata" | "user">,
  groups: GroupCache,
  chat: string,
): Promise<void> => {
  const people = async (): Promise<string[]> => {
    if (jidKind(chat) !== "group") return [chat];
    groups.forget(chat);
    const { participants } = await groups.read(chat, (jid) => socket.groupMetadata(jid));
    return participants.map(({ id }) => id);
  };
  await socket.getUSyncDevices([...(await people()), jidNormalizedUser(socket.user?.id)], false, false);
};
