/** Every console method that prints; libsignal alone uses five of them. */
const METHODS = [
  "assert",
  "debug",
  "dir",
  "dirxml",
  "error",
  "group",
  "groupCollapsed",
  "info",
  "log",
  "table",
  "timeEnd",
  "timeLog",
  "trace",
  "warn",
] as const satisfies readonly (keyof Console)[];

/** What a guard does: counts, and can be taken away again (tests only). */
export interface ConsoleGuard {
  /** Calls that were dropped so far. */
  readonly dropped: number;
  restore(): void;
}

/**
 * Makes the console of a process silent. libsignal prints whole session records, private keys included, with
 * `console.info` on normal events; our own log does not go through the console, so nothing of worth is lost.
 *
 * @param target the console to silence
 */
export const installConsoleGuard = (target: Console): ConsoleGuard => {
  let dropped = 0;
  const drop = (): void => {
    dropped += 1;
  };
  const originals = METHODS.map((method) => [method, target[method]] as const);
  for (const method of METHODS) target[method] = drop;
  return {
    get dropped() {
      return dropped;
    },
    restore: () => void Object.assign(target, Object.fromEntries(originals)),
  };
};
