import type { Channel } from "@blacksky/ipc";
import type { Logger } from "@blacksky/logger";
import type { Clock, Timer } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import type { Store } from "@blacksky/store";
import {
  beginSpan,
  DAY_MS,
  extendSpan,
  recordPicture,
  uptimePercent,
  WEEK_MS,
  type ConnectionPicture,
} from "@blacksky/whatsapp";
import type { Outage } from "../notices/outage-notice.ts";
import { openHistoryRecords, type KeptHistory } from "./history-records.ts";

export interface HistoryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly channel: Pick<Channel, "emit">;
  /** Something was written. */
  readonly onChange: () => void;
  /** The connection is open that was not; with what is known to have ended the one before. */
  readonly onBack: (outage: Outage) => void;
}

/** Keeps what has become of the connection, across restarts and wiped disks, and tells it. */
export interface HistoryKeeper {
  /** The connection as it is now. */
  see(picture: ConnectionPicture): void;
  /** Writes what is not written yet; sees and tells nothing from then on. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
/**
 * How long the marks of a quiet time may wait for the record that is replicated. Each write of it is a change of the session's
 * position, and with it a reason for a snapshot: a night in which nothing happens should not have one every half hour.
 */
const QUIET_WRITE_MS = 3_600_000;

/** What the runner is told. */
const describe = ({ history, uptime }: KeptHistory, now: number) => ({
  transitions: history.transitions.slice(-connection.TRANSITIONS_TOLD),
  disconnects: history.disconnects,
  uptime: { day: uptimePercent(uptime, now, DAY_MS), week: uptimePercent(uptime, now, WEEK_MS) },
});

/** Goes on with what the store has. */
export const keepHistory = ({ store, clock, log, channel, onChange, onBack }: HistoryOptions): HistoryKeeper => {
  const records = openHistoryRecords(store);
  let { history, uptime } = records.read();
  let isOpen = false;
  let isClosed = false;
  let written = { position: store.position, at: clock.monotonic() };
  let writing: Promise<void> = Promise.resolve();
  let timer: Timer;

  // Others learn of a store that fails by what they cannot do without it.
  const warn = (error: unknown): void => log.warn("The history of the connection could not be written.", { error });

  const write = (): void => {
    const now = { history, uptime };
    writing = writing
      .then(() => records.write(now))
      .then((position) => {
        written = { position, at: clock.monotonic() };
        onChange();
      }, warn);
  };
  const publish = (): void => {
    channel.emit(connection.historyChanged, describe({ history, uptime }, clock.now()));
  };
  const mark = (): void => {
    if (!isOpen) return;
    uptime = extendSpan(uptime, clock.now());
    const isQuiet = store.position === written.position && clock.monotonic() - written.at < QUIET_WRITE_MS;
    if (!isQuiet) return write();
    try {
      records.mark(uptime);
    } catch (error) {
      warn(error);
    }
  };
  const tick = (): void => {
    timer = clock.startTimer(MINUTE_MS, tick);
    mark();
    publish();
  };
  timer = clock.startTimer(MINUTE_MS, tick);
  publish();

  return {
    see(picture) {
      if (isClosed) return;
      const now = clock.now();
      const before = { history, uptime };
      history = recordPicture(history, picture);
      if (isOpen) uptime = extendSpan(uptime, now);
      if (picture.state === "open" && !isOpen) {
        onBack({ fromMs: uptime.spans.at(-1)?.[1] ?? null, toMs: now, reason: picture.lastDisconnect?.reason ?? null });
        uptime = beginSpan(uptime, now);
      }
      const hasTurned = isOpen !== (picture.state === "open");
      isOpen = picture.state === "open";
      if (history === before.history && !hasTurned) return;
      write();
      publish();
    },
    async close() {
      isClosed = true;
      timer.cancel();
      if (isOpen) {
        uptime = extendSpan(uptime, clock.now());
        write();
      }
      await writing;
    },
  };
};
