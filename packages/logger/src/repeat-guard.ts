import { errorCode } from "@blacksky/errors";
import type { Logger, LogFields } from "./logger.ts";

const MINUTE_MS = 60_000;

export interface RepeatGuardOptions {
  readonly logger: Logger;
  /** Milliseconds since the epoch; a `Clock` of the machine package will do. */
  readonly clock: { now(): number };
  /** How long the same problem stays silent after it was told; a minute unless given. */
  readonly intervalMs?: number;
}

/** Tells a problem that comes back again and again without filling the log. */
export interface RepeatGuard {
  /**
   * The problem happened. It is logged now if it is new, if its error has another code than last time, or if it was last
   * told a minute ago; else it is only counted, and the next line says how often.
   *
   * @param problem a constant sentence; it is also what tells problems apart
   */
  happened(problem: string, error: unknown, fields?: LogFields): void;
  /** The problem is over. That is logged, with how often and how long, if it was ever told; else nothing happens. */
  ended(problem: string, fields?: LogFields): void;
}

interface Episode {
  readonly startedAtMs: number;
  code: string;
  toldAtMs: number;
  count: number;
  untold: number;
}

/** One guard for one part of a process; its problems are apart from those of others. */
export const createRepeatGuard = ({ logger, clock, intervalMs = MINUTE_MS }: RepeatGuardOptions): RepeatGuard => {
  const episodes = new Map<string, Episode>();
  return {
    happened(problem, error, fields = {}) {
      const now = clock.now();
      const code = errorCode(error);
      const episode = episodes.get(problem);
      if (episode === undefined) {
        episodes.set(problem, { startedAtMs: now, code, toldAtMs: now, count: 1, untold: 0 });
        logger.error(problem, { ...fields, error });
        return;
      }
      episode.count += 1;
      if (episode.code === code && now - episode.toldAtMs < intervalMs) {
        episode.untold += 1;
        return;
      }
      logger.error(problem, { ...fields, error, times: episode.untold + 1, total: episode.count });
      Object.assign(episode, { code, toldAtMs: now, untold: 0 });
    },
    ended(problem, fields = {}) {
      const episode = episodes.get(problem);
      if (episode === undefined) return;
      episodes.delete(problem);
      const durationMs = clock.now() - episode.startedAtMs;
      logger.info(`Over: ${problem}`, { ...fields, total: episode.count, durationMs });
    },
  };
};
