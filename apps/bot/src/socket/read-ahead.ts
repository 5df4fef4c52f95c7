import {
  decryptMessageNode,
  getBinaryNodeChild,
  isLidUser,
  type BinaryNode,
  type WASocket,
} from "@whiskeysockets/baileys";
import type { ReadingStanza } from "./journal-reads.ts";
import type { SocketParts } from "./socket-config.ts";

/** Reads a message before Baileys handles it, so that what it says is stored and Baileys need not wait for that. */
export type ReadAhead = (stanza: BinaryNode) => Promise<void>;

/** As Baileys itself does before it reads: one person's two addresses have one session. */
const learnAddresses = async ({ signalRepository }: WASocket, primary: string, other: string): Promise<void> => {
  const { lidMapping } = signalRepository;
  const [lid, pn] = isLidUser(other) === true ? [other, primary] : [primary, other];
  if (isLidUser(other) === true && (await lidMapping.getPNForLID(lid)) !== null) return;
  await lidMapping.storeLIDPNMappings([{ lid, pn }]);
  await signalRepository.migrateSession(pn, lid);
};

/**
 * A reader for the messages of this socket. One that cannot be read is left to Baileys, which asks for it again; a try that
 * failed leaves the session as it was.
 */
export const createReader =
  (socket: WASocket, logger: SocketParts["logger"], reading: ReadingStanza): ReadAhead =>
  async (stanza) => {
    const { me } = socket.authState.creds;
    if (me === undefined || getBinaryNodeChild(stanza, "enc") === undefined) return;
    const message = decryptMessageNode(stanza, me.id, me.lid ?? "", socket.signalRepository, logger);
    const { remoteJid, remoteJidAlt, participant, participantAlt } = message.fullMessage.key;
    const primary = participant ?? remoteJid;
    const other = participantAlt ?? remoteJidAlt;
    if (typeof primary === "string" && typeof other === "string") await learnAddresses(socket, primary, other);
    await reading(stanza, () => message.decrypt());
  };
