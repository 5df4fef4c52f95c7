import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { classifyDisconnect } from "@blacksky/whatsapp";
import type { SlotListener } from "./connection/occupant.ts";
import type { TrafficMeter } from "./connection/traffic-meter.ts";
import type { Intake } from "./intake/intake.ts";
import type { Rescuer } from "./intake/rescue.ts";
import type { News } from "./news.ts";
import type { PairingDesk } from "./pairing/pairing-desk.ts";
import type { SessionRepair } from "./repair/session-repair.ts";
import type { ClientVersion } from "./socket/client-version.ts";
import type { CloseReason } from "./socket/close-reason.ts";
import type { Outgoing } from "./outbox/outgoing.ts";
import type { WhatsAppSocket } from "./socket/whatsapp-socket.ts";
import type { SessionStorage } from "./storage/session-storage.ts";

/** Everybody a socket's news concerns. */
export interface Concerned {
  /** Tells whoever decides over the connection. */
  readonly tell: Channel["emit"];
  readonly clock: Clock;
  readonly log: Logger;
  readonly storage: SessionStorage;
  readonly desk: PairingDesk;
  readonly outgoing: Outgoing;
  readonly intake: Intake;
  readonly rescuer: Rescuer;
  readonly news: News;
  readonly repair: SessionRepair;
  readonly traffic: Pick<TrafficMeter, "touch">;
  readonly version: Pick<ClientVersion, "lookUp">;
  /** True while this process may hold a socket. */
  readonly hasLease: () => boolean;
  /** Told last, with the generation of the socket that is open. */
  readonly onOpened: (generation: number) => void;
}

/** What has to be true before the keeper hears of the end: it may ask for the next socket in the same moment. */
const putInOrder = async (concerned: Concerned, paired: boolean, reason: CloseReason): Promise<void> => {
  const { clock, log, storage, desk, version } = concerned;
  const disconnect = { ...reason, paired, expiresAtMs: reason.expiresAt };
  // Before anything else: whoever comes after a crash must know of it. Without the lease it is no news: another of ours has
  // the session.
  if (concerned.hasLease()) storage.standing.closed(disconnect, clock.now());
  // Right after pairing WhatsApp closes with 515: the next socket must find the new creds.
  await storage.settled();
  const verdict = classifyDisconnect(disconnect);
  if (verdict.type === "backOff" && verdict.kind === "outdated") void version.lookUp();
  if (paired && verdict.type === "permanent" && verdict.session === "archive") {
    log.warn("WhatsApp has ended this session. It is put into the archive; the bot can be linked anew.");
    storage.archive(verdict.state);
  }
  if (storage.paired) return;
  desk.withdrawn();
  storage.forgetHalfDonePairing();
  await storage.settled();
};

/** Passes the news of the socket on to whom it concerns. */
export const createSlotListener = (concerned: Concerned): SlotListener => {
  const { tell, log, storage, desk, outgoing, intake, rescuer, news, repair, traffic } = concerned;
  let pairingTold = -1;
  let current: WhatsAppSocket | undefined;

  /** Nothing is sent before the session is whole: the next message could not be read. */
  const letOut = async (socket: WhatsAppSocket): Promise<void> => {
    const mending = repair.mend(socket, () => current === socket);
    if (mending !== undefined) await mending;
    if (current === socket) outgoing.opened(socket);
  };

  return {
    qrShown(generation, socket, qr, expiresAt) {
      if (pairingTold !== generation) tell(connection.pairingStarted, { generation });
      pairingTold = generation;
      desk.qrShown(socket, qr, expiresAt);
    },
    paired() {
      log.info("The phone has linked the bot.");
      desk.paired();
    },
    opened(generation, socket) {
      log.info("Connected to WhatsApp.", { generation });
      desk.paired();
      storage.standing.opened();
      current = socket;
      rescuer.opened(socket);
      void letOut(socket);
      tell(connection.socketOpened, { generation });
      concerned.onOpened(generation);
    },
    async closing(generation, reason) {
      const { paired } = storage;
      current = undefined;
      rescuer.closed();
      outgoing.closed();
      await repair.atRest();
      await putInOrder(concerned, paired, reason);
      return () => {
        log.info("Disconnected from WhatsApp.", { generation, code: reason.code, reason: reason.reason });
        tell(connection.socketClosed, { generation, paired, ...reason });
      };
    },
    received: (messages) => {
      traffic.touch();
      for (const { sender } of messages) outgoing.heard(sender);
      return Promise.all(messages.map((message) => intake.receive(message)));
    },
    acknowledged: (id, refusal) => {
      traffic.touch();
      if (refusal !== undefined) log.warn("WhatsApp refused a message.", { code: refusal, notification_id: id });
      outgoing.acknowledged(id, refusal);
    },
    delivered: (ids) => outgoing.delivered(ids),
    restricted: (restriction) => outgoing.restricted(restriction),
    active: () => news.active(),
    credsChanged: () => storage.saveCreds(),
  };
};
