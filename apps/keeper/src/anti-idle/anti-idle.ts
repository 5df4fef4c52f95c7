import type { Logger } from "@blacksky/logger";
import { backOffDelayMs, callWithin, type Clock, type Random, type Timer } from "@blacksky/machine";
import { callHome } from "./call-home.ts";
import { judgeCall } from "./judge-call.ts";

const MINUTE_MS = 60_000;
/** Heroku's router has given up by then. */
const DEADLINE_MS = 30_000;
/** Once the platform has seen that we listen; a mistake in the settings shows early. */
const FIRST_CALL_MS = MINUTE_MS;
/** The share of a wait that is left to chance: never later than asked for. */
const JITTER = 0.2;
/** After so long without web traffic Heroku puts an eco dyno to sleep. */
const SLEEPS_AFTER_MS = 30 * MINUTE_MS;

export interface AntiIdleOptions {
  /** HEROKU_APP_URL. */
  readonly url: string;
  readonly intervalMs: number;
  /** By which name we answer, or a rejection while that is not known. */
  readonly readInstance: () => Promise<string>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Calls itself from outside. */
export interface AntiIdle {
  stop(): void;
}

const explain = ({ intervalMs, log }: AntiIdleOptions): void => {
  const minutes = (ms: number): string => String(Math.round((ms / MINUTE_MS) * 10) / 10);
  log.info(
    `Anti-idle calls HEROKU_APP_URL every ${minutes(intervalMs)} minutes or a little earlier: that keeps an eco dyno awake, ` +
      "which would sleep after 30 minutes without web traffic, at the cost of its dyno hours; it cannot wake one that " +
      "sleeps, and basic and larger dynos never sleep and do not need it (ENABLE_ANTI_IDLE=false).",
  );
  if (intervalMs < SLEEPS_AFTER_MS) return;
  log.warn("ANTI_IDLE_INTERVAL is 30 minutes or more: an eco dyno falls asleep before the next call.");
};

/** Begins to call; says at the start what that can and cannot do, and afterwards only what has changed. */
export const startAntiIdle = (options: AntiIdleOptions): AntiIdle => {
  const { url, intervalMs, clock, random, log } = options;
  const end = new AbortController();
  let timer: Timer | undefined;
  let ours: string | undefined;
  let failures = 0;
  let isProven = false;

  const call = async (): Promise<string | undefined> => {
    const outcome = await callWithin(clock, DEADLINE_MS, end.signal, (signal) => callHome(url, signal));
    ours ??= await options.readInstance().catch(() => undefined);
    return judgeCall(outcome, ours);
  };

  const report = (problem: string | undefined): void => {
    if (problem === undefined) {
      if (failures > 0) log.info("Anti-idle works again: a call came back through the platform's router.");
      else if (!isProven) log.info("Anti-idle works: a call came back through the platform's router.");
      failures = 0;
      isProven = true;
      return;
    }
    failures += 1;
    if (failures === 1) log.warn(problem);
    else log.debug(problem);
  };

  const wait = (): void => {
    // One lost call must not let the dyno sleep; a wrong address is not to be called all the time.
    const initialMs = failures === 0 ? intervalMs : Math.min(MINUTE_MS, intervalMs);
    const pace = { initialMs, maxMs: intervalMs, factor: 2, jitter: JITTER };
    timer = clock.startTimer(backOffDelayMs(pace, Math.max(0, failures - 1), random()), () => void turn());
  };

  const turn = async (): Promise<void> => {
    const problem = await call();
    if (end.signal.aborted) return;
    report(problem);
    wait();
  };

  explain(options);
  timer = clock.startTimer(Math.min(FIRST_CALL_MS, intervalMs), () => void turn());
  return {
    stop() {
      end.abort();
      timer?.cancel();
    },
  };
};
