import { BlackskyError } from "@blacksky/errors";
import type { Clock } from "@blacksky/machine";
import { bareJid } from "@blacksky/whatsapp";
import { generateWAMessage, jidNormalizedUser, makeWASocket, proto, type WASocket } from "@whiskeysockets/baileys";
import { commitBeforeSend } from "./commit-before-send.ts";
import { countArrivals } from "./count-arrivals.ts";
import { cutSocket, endSocket, logOutSocket } from "./end-socket.ts";
import { gateWrites, noLeaseError, type WritePermit } from "./gate-writes.ts";
import { socketConfig, type SocketParts } from "./socket-config.ts";
import { forwardEvents } from "./forward-events.ts";
import { createIncomingGate } from "./incoming-gate.ts";
import { journalReads } from "./journal-reads.ts";
import { ping } from "./ping.ts";
import { createReader } from "./read-ahead.ts";
import { readEntry } from "./read-entry.ts";
import { lockByRecord } from "./session-lock.ts";
import { refreshDevices } from "./refresh-devices.ts";
import { createSessionMender } from "./session-mender.ts";
import { spareSessions } from "./spare-sessions.ts";
import type { Draft, Envelope, SocketHooks, WhatsAppSocket } from "./whatsapp-socket.ts";

const ownJid = (socket: WASocket): string => jidNormalizedUser(socket.user?.id);

const toEnvelope = async (socket: WASocket, draft: Draft): Promise<Envelope> => {
  const { message } = await generateWAMessage(
    draft.chat,
    { text: draft.text, linkPreview: null },
    {
      userJid: ownJid(socket),
      upload: socket.waUploadToServer,
      messageId: draft.id,
      // Baileys cuts the quoted message's own quote out of it, in place.
      ...(draft.quoted === undefined ? {} : { quoted: structuredClone(draft.quoted) }),
      ...(draft.disappearsAfterS === 0 ? {} : { ephemeralExpiration: draft.disappearsAfterS }),
    },
  );
  if (!message) throw new BlackskyError("send.empty", "Baileys made no message of what was to be sent.");
  return { id: draft.id, chat: draft.chat, content: message, bytes: proto.Message.encode(message).finish() };
};

/** Opens a socket to WhatsApp (or to `parts.serverUrl`) and tells `hooks` what becomes of it. */
export const openSocket = (
  parts: SocketParts,
  hooks: SocketHooks,
  clock: Clock,
  permit: WritePermit,
): WhatsAppSocket => {
  parts.groups.clear();
  const socket: WASocket = makeWASocket(
    socketConfig(parts, (group) => parts.groups.read(group, (jid) => socket.groupMetadata(jid))),
  );
  gateWrites(socket, permit);
  const arrivals = countArrivals(socket.ws, clock);
  lockByRecord(socket.authState.keys);
  spareSessions(socket.signalRepository, socket.authState.keys);
  const relayCommitted = commitBeforeSend(socket.authState.keys, () => socket.authState.creds.me?.id);
  const reading = journalReads(socket, parts.journal);
  const gate = createIncomingGate({
    source: socket.ws,
    reading,
    readAhead: parts.settleReads && { read: createReader(socket, parts.logger, reading), settle: parts.settleReads },
    onFailure: (error) => parts.logger.warn({ err: error }, "a stanza was not handled"),
  });
  forwardEvents(socket, { hooks, groups: parts.groups, gate }, clock);
  return {
    get account() {
      return bareJid(socket.authState.creds.me?.id ?? "");
    },
    prepare: (draft) => toEnvelope(socket, draft),
    relay: async ({ id, chat, content }) => {
      // Before the ratchet takes a step for a message that cannot leave.
      if (permit.look() === "over") throw noLeaseError();
      await relayCommitted(() => socket.relayMessage(chat, content, { messageId: id }));
    },
    probe: (deadlineMs) => ping(socket, clock, deadlineMs),
    arrivals,
    phoneOfLid: async (lid) => (await socket.signalRepository.lidMapping.getPNForLID(lid)) ?? undefined,
    requestPairingCode: (number) => socket.requestPairingCode(number),
    refreshDevices: (chat) => refreshDevices(socket, parts.groups, chat),
    async askRestriction() {
      // The answer comes as an event as well, which is forwarded.
      await socket.fetchAccountReachoutTimelock();
    },
    mender: createSessionMender(socket),
    readEntry: (entry) => readEntry(entry, { id: socket.user?.id ?? "", lid: socket.user?.lid }),
    closeToMessages: () => gate.closeToMessages(),
    end: () => endSocket(socket, gate, clock),
    logOut: () => logOutSocket(socket, clock),
    cut: () => cutSocket(socket),
  };
};
