import { formatDuration, interpret, type Clock } from "@blacksky/machine";
import type { Notice } from "@blacksky/protocol";
import { noticeOfForecast, noticeOfMemory } from "../notices/notice-of.ts";
import { createForecaster, type MemoryForecast } from "./forecast.ts";
import type { GovernorEffect } from "./governor/effect.ts";
import type { GovernorSettings } from "./governor/settings.ts";
import { INITIAL_GOVERNOR, type MemoryLevel } from "./governor/state.ts";
import { transitionGovernor } from "./governor/transition.ts";
import { sumOfUsage, type ProcessUsage, type SupervisorLog } from "@blacksky/supervisor";

/** What the governor does things with. */
export interface GovernorHands {
  /** Has every process let go of what it can do without. */
  trim(): void;
  recycle(worker: string, reason: string): void;
  restart(reason: string): void;
  tell(notice: Notice): void;
  /** How full each worker's heap is, in percent of its limit. */
  heapPercent(worker: string): number | null;
  /** Whether the bot has something in hand. */
  isBusy(): boolean;
}

export interface GovernorOptions {
  readonly settings: GovernorSettings;
  readonly hands: GovernorHands;
  readonly clock: Clock;
  readonly log: SupervisorLog;
}

/** Keeps the tree within its quota. */
export interface MemoryGovernor {
  /** A measurement. */
  see(usage: readonly ProcessUsage[]): void;
  readonly level: MemoryLevel;
  /** Where growth leads to; `null` before enough is known. */
  readonly forecast: MemoryForecast | null;
}

/** Who is told that it will end within half a day can still do something about it. */
const WORTH_TELLING_HOURS = 12;
const TELL_AGAIN_MS = 24 * 3_600_000;

/** A governor that has seen nothing yet. */
export const createMemoryGovernor = ({ settings, hands, clock, log }: GovernorOptions): MemoryGovernor => {
  const { quotaMb } = settings;
  const forecaster = createForecaster(quotaMb);
  let toldAt = -Infinity;

  const report = ({ action, worker, beforeMb, afterMb }: Extract<GovernorEffect, { type: "report" }>): void => {
    // What was freed is no shrinking, and what follows begins lower.
    if (action !== "trim") forecaster.beginAnew();
    log.info("This is what it was good for.", {
      action,
      ...(worker === null ? {} : { child: worker }),
      before_mb: Math.round(beforeMb),
      after_mb: Math.round(afterMb),
    });
  };
  const perform = (effect: GovernorEffect): void => {
    switch (effect.type) {
      case "trim":
        log.info("Memory runs short: caches are trimmed.");
        return hands.trim();
      case "recycle":
        log.warn("Memory runs out: a worker is replaced in order.", { child: effect.worker, reason: effect.reason });
        return hands.recycle(effect.worker, effect.reason);
      case "restart":
        log.warn("Memory runs out: all workers begin anew.", { reason: effect.reason });
        return hands.restart(effect.reason);
      case "report":
        return report(effect);
      case "levelChanged":
        log.info("The level of memory has changed.", {
          from: effect.from,
          to: effect.to,
          used_mb: Math.round(effect.usedMb),
          quota_mb: quotaMb,
        });
        if (effect.to === "critical") hands.tell(noticeOfMemory(effect.usedMb, quotaMb));
    }
  };
  const machine = interpret({
    transition: transitionGovernor,
    context: settings,
    initial: INITIAL_GOVERNOR,
    clock,
    perform,
    onEffectFailure(effect, error) {
      log.error("Something about the memory could not be done.", { effect: effect.type, error });
      return undefined;
    },
  });

  const tellForecast = (): void => {
    const hours = forecaster.read()?.quotaInHours ?? Infinity;
    if (hours > WORTH_TELLING_HOURS || clock.monotonic() - toldAt < TELL_AGAIN_MS) return;
    toldAt = clock.monotonic();
    log.warn(`At this rate memory will be full in about ${formatDuration(hours * 3600)}.`);
    hands.tell(noticeOfForecast(hours));
  };

  return {
    see(usage) {
      forecaster.add(sumOfUsage(usage), clock.now());
      const processes = usage.map((one) => ({ ...one, heapPercent: hands.heapPercent(one.id) }));
      machine.send({ type: "sampled", processes, isBusy: hands.isBusy() });
      tellForecast();
    },
    get level() {
      return machine.state.status;
    },
    get forecast() {
      return forecaster.read();
    },
  };
};
