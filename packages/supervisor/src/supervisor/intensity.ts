import type { Intensity } from "../child-spec.ts";

/**
 * Adds a restart to the window, as `add_restart/3` of Erlang's supervisor does.
 *
 * @param restartedAtMs epoch milliseconds of earlier restarts
 * @returns the window with this one, without what is older than the period; and whether the supervisor may go on
 */
export const addRestart = (
  { restarts, periodMs }: Intensity,
  restartedAtMs: readonly number[],
  now: number,
): { readonly restartedAtMs: readonly number[]; readonly within: boolean } => {
  const recent = [...restartedAtMs.filter((atMs) => now - atMs <= periodMs), now];
  return { restartedAtMs: recent, within: recent.length <= restarts };
};
