import { describeError, errorCode } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import { interpret, type Clock, type Timer } from "@blacksky/machine";
import type { Notice } from "@blacksky/protocol";
import { hourOfDayIn, type QuietHours } from "@blacksky/whatsapp";
import { initialNotices, transitionNotices, type NoticeSettings } from "./notice-machine.ts";
import { clockTimeIn, writeNotice } from "./write-notice.ts";

const MINUTE_MS = 60_000;
/** Nobody is to be told; that is no fault, and it is said once by whoever reads the environment. */
const NO_OWNER = "outbox.recipient";

/** Tells the owner what happens, in WhatsApp. */
export interface Notices {
  /** Never fails. */
  tell(notice: Notice): void;
  stop(): void;
}

export interface NoticesOptions {
  readonly level: NoticeSettings["level"];
  readonly quietHours: QuietHours;
  readonly timeZone: string;
  readonly botName: string;
  /** Puts a message to the owner into the outbox; rejects when it cannot. */
  readonly notify: (text: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The settings of the product. */
export const noticeSettings = ({ level, quietHours, timeZone }: NoticesOptions): NoticeSettings => ({
  level,
  quietHours,
  hourOf: hourOfDayIn(timeZone),
  gatherMs: 10_000,
  gapMs: 5 * MINUTE_MS,
  longestGapMs: 60 * MINUTE_MS,
  calmMs: 120 * MINUTE_MS,
  retryMs: MINUTE_MS,
});

/** Notices that begin with nothing to tell. */
export const createNotices = (options: NoticesOptions): Notices => {
  const { notify, botName, clock, log } = options;
  const settings = noticeSettings(options);
  const clockTime = clockTimeIn(options.timeZone);
  let timer: Timer | undefined;

  const machine = interpret({
    transition: transitionNotices,
    context: settings,
    initial: initialNotices(settings),
    clock,
    async perform(effect, send) {
      if (effect.type === "startTimer") {
        timer = clock.startTimer(effect.delayMs, () => send({ type: "timer" }));
        return;
      }
      try {
        await notify(writeNotice(botName, effect.notices, clock.now(), clockTime));
      } catch (error) {
        if (errorCode(error) !== NO_OWNER) throw error;
        log.debug("The owner is told nothing: OWNER_NUMBER is not set.");
      }
      send({ type: "accepted" });
    },
    onEffectFailure: (_effect, error) => {
      log.warn(`The owner could not be told now what happened: ${describeError(error)}`);
      return { type: "failed" as const };
    },
  });

  return {
    tell: (notice) => machine.send({ type: "happened", notice }),
    stop() {
      timer?.cancel();
      machine.stop();
    },
  };
};
