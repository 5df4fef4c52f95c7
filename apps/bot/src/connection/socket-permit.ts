import { lifeOf, LONG_OVER, remainingMs, type Clock, type Expiry, type Life, type Timer } from "@blacksky/machine";
import type { Logger } from "@blacksky/logger";

export interface SocketPermitOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** The socket there is, if any, has to go in this very moment. */
  readonly cut: (reason: string) => void;
}

/**
 * Until when this process may hold a socket, by the lease on the session. It is kept here and nowhere else, so that it
 * holds whatever becomes of the keeper, the runner and the backup worker.
 */
export interface SocketPermit {
  /**
   * Looks at the clocks, and has the socket cut when its time is over. To be asked before each byte: a process that was
   * stopped wakes up anywhere. In doubt nothing may leave, but `whenClear` tells when it may.
   */
  look(): Life;
  /** Calls back, in order, once there is no more doubt; never when it turns out to be over. */
  whenClear(work: () => void): void;
  /** The newest word; `null`: for ever. */
  extend(until: Expiry | null): void;
  stop(): void;
}

/** Timers do not notice that the wall clock was set, so the clocks are looked at this often. */
const LOOK_MS = 1000;
/** The backup worker notices a jump within a second, and the database answers or does not. */
const DOUBT_MS = 5000;

/** Nothing is allowed at first. */
export const createSocketPermit = ({ clock, log, cut }: SocketPermitOptions): SocketPermit => {
  let until: Expiry | null = LONG_OVER;
  let doubtfulSince: number | undefined;
  let waiting: (() => void)[] = [];
  let timer: Timer | undefined;

  const lifeNow = (): Life => {
    const life = until === null ? "running" : lifeOf(clock, until);
    if (life !== "doubtful") return life;
    doubtfulSince ??= clock.monotonic();
    return clock.monotonic() - doubtfulSince < DOUBT_MS ? "doubtful" : "over";
  };
  const clear = (): void => {
    if (doubtfulSince === undefined) return;
    doubtfulSince = undefined;
    const work = waiting;
    waiting = [];
    if (work.length > 0) log.info("The lease is still ours; what was held back is sent.", { held: work.length });
    for (const each of work) each();
  };
  const end = (): void => {
    until = LONG_OVER;
    doubtfulSince = undefined;
    waiting = [];
    cut("the lease on the session is over");
  };
  const look = (): Life => {
    const wasClear = doubtfulSince === undefined;
    const life = lifeNow();
    if (life === "running") clear();
    if (life === "over") end();
    if (life === "doubtful" && wasClear) {
      log.warn("The clock was set forward, or the machine was asleep; nothing is sent until the lease is confirmed.");
    }
    return life;
  };
  const watch = (): void => {
    timer?.cancel();
    timer = undefined;
    if (until === null || look() === "over") return;
    timer = clock.startTimer(Math.min(LOOK_MS, Math.max(0, remainingMs(clock, until), doubtLeftMs())), watch);
  };
  const doubtLeftMs = (): number =>
    doubtfulSince === undefined ? 0 : Math.max(1, doubtfulSince + DOUBT_MS - clock.monotonic());

  return {
    look,
    whenClear: (work) => void waiting.push(work),
    extend(next) {
      until = next;
      watch();
    },
    stop() {
      timer?.cancel();
      timer = undefined;
    },
  };
};
