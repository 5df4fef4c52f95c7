import { describeError } from "@blacksky/errors";
import type { Entry, Inbox } from "@blacksky/inbox";
import type { Logger } from "@blacksky/logger";
import type { Clock, Timer } from "@blacksky/machine";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import type { Intake } from "./intake.ts";

/** What could not be answered although the connection stayed open is tried again. */
const AGAIN_MS = 60_000;
/** More at once would fill the queue of what is to be sent. */
const AT_ONCE = 16;

/** Hands to the intake what was read and never handled. */
export interface Rescuer {
  opened(socket: Reader): void;
  closed(): void;
}

type Reader = Pick<WhatsAppSocket, "readEntry" | "account">;

export interface RescuerOptions {
  readonly inbox: Pick<Inbox, "rescue" | "setAside" | "pending">;
  readonly intake: Pick<Intake, "receive" | "apologise">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Does its work when a connection opens, before anything new arrives on it, and looks again each minute. */
export const createRescuer = ({ inbox, intake, clock, log }: RescuerOptions): Rescuer => {
  let current: Reader | undefined;
  let timer: Timer | undefined;

  const read = (socket: Reader, entry: Entry): IncomingMessage | undefined => {
    try {
      return socket.readEntry(entry);
    } catch (error) {
      log.warn(`A message that was read before cannot be understood: ${describeError(error)}`);
      return undefined;
    }
  };

  const handle = async (socket: Reader, entries: readonly Entry[]): Promise<void> => {
    const atWork = new Set<Promise<void>>();
    const isCurrent = (): boolean => current === socket;
    for (const entry of entries) {
      const message = read(socket, entry);
      if (message === undefined) inbox.setAside(entry.id);
      else {
        const work: Promise<void> = intake.receive(message).finally(() => atWork.delete(work));
        atWork.add(work);
      }
      while (atWork.size >= AT_ONCE && isCurrent()) await Promise.race(atWork);
      if (!isCurrent()) return;
    }
  };

  const rescue = async (socket: Reader): Promise<void> => {
    const { entries, givenUp } = await inbox.rescue(socket.account);
    if (entries.length > 0) log.info("Messages that were read before are handled now.", { count: entries.length });
    for (const entry of givenUp) {
      const message = read(socket, entry);
      if (message !== undefined) void intake.apologise(message);
    }
    await handle(socket, entries);
  };

  const look = async (socket: Reader): Promise<void> => {
    try {
      if (inbox.pending > 0) await rescue(socket);
    } catch (error) {
      // A store that fails ends the bot by other ways; here it is only not known what waits.
      log.error(`What was read before could not be looked up: ${describeError(error)}`, { error });
    }
    if (current === socket) timer = clock.startTimer(AGAIN_MS, () => void look(socket));
  };

  return {
    opened(socket) {
      timer?.cancel();
      current = socket;
      void look(socket);
    },
    closed() {
      timer?.cancel();
      current = undefined;
    },
  };
};
