import type { Logger } from "@blacksky/logger";
import { createNamedTimers, interpret, type Clock, type Interpreter, type Random } from "@blacksky/machine";
import type { Alert, Notice } from "@blacksky/protocol";
import { noticeOfEnd, noticeOfTrouble } from "../notices/notice-of.ts";
import type { NoticeTeller } from "../notices/notice-teller.ts";
import { openAlertMemory } from "./alert-memory.ts";
import { troubleKind, type TroubleKind, type TroubleSource } from "./kinds.ts";
import { createTeller } from "./teller.ts";
import { transitionTrouble, type TroubleEffect, type TroubleEvent, type TroubleState } from "./trouble.ts";

/** There are not so many kinds; more than this is a fault of ours and no reason to hold memory. */
const KIND_LIMIT = 20;

export interface AlertDeskOptions {
  /** ALERT_WEBHOOK_URL; without one only the owner is told, where WhatsApp is the way. */
  readonly urls: readonly string[];
  /** Where it is kept what was told. */
  readonly dataDir: string;
  /** SESSION_ID. */
  readonly bot: string;
  /** Told as well what is for WhatsApp. */
  readonly owner: Pick<NoticeTeller, "tell">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * Takes alerts to a person by a way that is not WhatsApp: each kind of trouble at most once an hour, and once more when it
 * is over. Nothing waits for it and nothing fails because of it.
 */
export interface AlertDesk {
  /** There is this trouble, or there still is. */
  raise(alert: Alert): void;
  /** Whatever this source had to tell looks over. */
  eased(source: TroubleSource): void;
  /** It does not, although there may be no new trouble. */
  relapsed(source: TroubleSource): void;
  /** Lets what is under way have `graceMs` more, then drops it; what nobody was told by then the next desk tells. */
  close(graceMs: number): Promise<void>;
}

type Trouble = Interpreter<TroubleState, TroubleEvent>;

/** Runs one kind's machine. */
const startTrouble = (
  kind: string,
  initial: TroubleState,
  { clock, log }: Pick<AlertDeskOptions, "clock" | "log">,
  perform: (effect: TroubleEffect, send: (event: TroubleEvent) => void) => Promise<void>,
  onChange: () => void,
): Trouble =>
  interpret<TroubleKind, TroubleState, TroubleEvent, TroubleEffect>({
    transition: transitionTrouble,
    context: troubleKind(kind),
    initial,
    clock,
    perform,
    onTransition({ from, to, event }) {
      log.debug("A trouble moved on.", { alert: kind, from: from.status, to: to.status, event: event.type });
      onChange();
    },
    onEffectFailure(_effect, error) {
      log.warn("An alert could not be handled.", { alert: kind, error });
      return undefined;
    },
  });

/** A desk that posts to `urls`, each in its own format. */
export const createAlertDesk = (options: AlertDeskOptions): AlertDesk => {
  const { dataDir, owner, clock, log } = options;
  const teller = createTeller(options);
  const memory = openAlertMemory(dataDir, (error) =>
    log.warn("What was alerted could not be written down.", { error }),
  );
  const timers = createNamedTimers<string>(clock);
  const troubles = new Map<string, Trouble>();
  let isClosed = false;

  const keep = (): void => memory.keep(new Map([...troubles].map(([kind, { state }]) => [kind, state])));

  const tellOwner = (notice: Notice | undefined): void => {
    if (notice !== undefined) owner.tell(notice);
  };
  const perform = async (kind: string, effect: TroubleEffect, send: (event: TroubleEvent) => void): Promise<void> => {
    switch (effect.type) {
      case "startTimer":
        return isClosed ? undefined : timers.start(kind, effect.delayMs, () => send({ type: "timer" }));
      case "cancelTimer":
        return timers.cancel(kind);
      case "tellOver":
        tellOwner(noticeOfEnd(kind, effect.durationMs, troubleKind(kind).over));
        return void (await teller.over(kind, effect.durationMs, troubleKind(kind).over));
      case "alert": {
        tellOwner(noticeOfTrouble(kind, effect.text));
        const outcome = await teller.raised(kind, effect.text);
        if (outcome !== "delivered") send({ type: "undelivered", atMs: effect.atMs, again: outcome === "away" });
      }
    }
  };
  const begin = (kind: string, initial: TroubleState): Trouble => {
    const trouble = startTrouble(kind, initial, options, (effect, send) => perform(kind, effect, send), keep);
    troubles.set(kind, trouble);
    return trouble;
  };
  const tellSource = (source: TroubleSource, event: TroubleEvent): void => {
    if (isClosed) return;
    for (const [kind, trouble] of troubles) if (troubleKind(kind).source === source) trouble.send(event);
  };

  for (const [kind, state] of memory.known) {
    const trouble = begin(kind, state);
    // Nobody was told before the end.
    if (state.status === "raised" && state.toldAtMs === null) trouble.send({ type: "struck", text: state.text });
  }

  return {
    raise({ kind, text }) {
      if (isClosed || (!troubles.has(kind) && troubles.size >= KIND_LIMIT)) return;
      const trouble = troubles.get(kind) ?? begin(kind, { status: "quiet", toldAtMs: null });
      trouble.send({ type: "struck", text });
    },
    eased: (source) => tellSource(source, { type: "eased" }),
    relapsed: (source) => tellSource(source, { type: "relapsed" }),
    async close(graceMs) {
      isClosed = true;
      timers.cancelAll();
      await teller.close(graceMs);
      // What came of the last ones is written down a turn later.
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
};
