import { describeError } from "@blacksky/errors";
import type { Entry, Inbox } from "@blacksky/inbox";
import type { Logger } from "@blacksky/logger";
import { backOffDelayMs, delay, type BackOff, type Clock, type Timer } from "@blacksky/machine";
import type { IncomingMessage } from "../socket/incoming-message.ts";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import type { Intake } from "./intake.ts";

/** What could not be answered although the connection stayed open is tried again. */
const AGAIN_MS = 60_000;
/** More at once would fill the queue of what is to be sent. */
const AT_ONCE = 16;
/** After so many processes that did not survive it, a message is handled with nothing else in hand, to see whose fault it is. */
const SUSPICIOUS = 3;
/** And later each time, from the opening on: whoever is killed again and again for other reasons does not get as far as that. */
const SUSPICION: BackOff = { initialMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0 };

/** Hands to the intake what was read and never handled. */
export interface Rescuer {
  opened(socket: Reader): void;
  closed(): void;
}

type Reader = Pick<WhatsAppSocket, "readEntry" | "account">;

export interface RescuerOptions {
  readonly inbox: Pick<Inbox, "rescue" | "isWaiting" | "begin" | "take" | "snooze" | "setAside" | "giveUp" | "pending">;
  readonly intake: Pick<Intake, "receive" | "apologise">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Handles, or gives up, what was left, as long as that connection is the one. */
const createHandling = ({ inbox, intake, log }: RescuerOptions, isCurrent: (socket: Reader) => boolean) => {
  const read = (socket: Reader, entry: Entry): IncomingMessage | undefined => {
    try {
      return socket.readEntry(entry);
    } catch (error) {
      log.warn(`A message that was read before cannot be understood: ${describeError(error)}`);
      return undefined;
    }
  };

  const receive = async (entry: Entry, message: IncomingMessage): Promise<void> => {
    await inbox.begin(entry.id);
    await intake.receive(message);
  };

  /** Its author hears that nothing came of it; until that is accepted it waits. */
  const giveUp = async (socket: Reader, entry: Entry): Promise<void> => {
    const { id, attempts } = entry;
    if (!inbox.take(id)) return;
    const message = read(socket, entry);
    if (message !== undefined && !(await intake.apologise(message))) return inbox.snooze(id);
    inbox.giveUp(id, `${String(attempts)} processes began with it, and none lived to end it`);
  };

  const handle = async (socket: Reader, entries: readonly Entry[], atOnce: number, isFirst: boolean): Promise<void> => {
    const atWork = new Set<Promise<void>>();
    for (const entry of entries) {
      if (!isCurrent(socket)) return;
      // It may have come again meanwhile, perhaps with more.
      if (!inbox.isWaiting(entry)) continue;
      const message = read(socket, entry);
      if (message === undefined) {
        // A process that died may have read half of a message: the other half comes with the backlog.
        if (!isFirst) inbox.setAside(entry.id);
      } else {
        const work: Promise<void> = receive(entry, message).finally(() => atWork.delete(work));
        atWork.add(work);
      }
      while (atWork.size >= atOnce && isCurrent(socket)) await Promise.race(atWork);
    }
    await Promise.all(atWork);
  };

  return { handle, giveUp };
};

/** Does its work when a connection opens, before anything new arrives on it, and looks again each minute. */
export const createRescuer = (options: RescuerOptions): Rescuer => {
  const { inbox, clock, log } = options;
  let current: Reader | undefined;
  let timer: Timer | undefined;
  const { handle, giveUp } = createHandling(options, (socket) => socket === current);

  const rescue = async (socket: Reader, isFirst: boolean): Promise<void> => {
    const { entries, givenUp } = inbox.rescue(socket.account);
    if (entries.length > 0) log.info("Messages that were read before are handled now.", { count: entries.length });
    for (const entry of givenUp) void giveUp(socket, entry);
    const isSuspicious = ({ attempts }: Entry): boolean => attempts >= SUSPICIOUS;
    await handle(
      socket,
      entries.filter((entry) => !isSuspicious(entry)),
      AT_ONCE,
      isFirst,
    );
    const beganMs = clock.monotonic();
    for (const entry of entries.filter(isSuspicious).toSorted((one, other) => one.attempts - other.attempts)) {
      const dueMs = beganMs + backOffDelayMs(SUSPICION, entry.attempts - SUSPICIOUS, 0);
      const waitMs = dueMs - clock.monotonic();
      if (waitMs > 0) await delay(clock, waitMs);
      await handle(socket, [entry], 1, isFirst);
    }
  };

  const look = async (socket: Reader, isFirst: boolean): Promise<void> => {
    try {
      if (inbox.pending > 0) await rescue(socket, isFirst);
    } catch (error) {
      // A store that fails ends the bot by other ways; here it is only not known what waits.
      log.error(`What was read before could not be looked up: ${describeError(error)}`, { error });
    }
    if (current === socket) timer = clock.startTimer(AGAIN_MS, () => void look(socket, false));
  };

  return {
    opened(socket) {
      timer?.cancel();
      current = socket;
      void look(socket, true);
    },
    closed() {
      timer?.cancel();
      current = undefined;
    },
  };
};
