import type { Clock, Timer } from "./clock.ts";

/** A look this often costs nothing, and nobody has to wait for longer to learn of a jump. */
const LOOK_MS = 1000;
/** Clocks that are merely corrected drift by less than a millisecond in a second. */
const JUMP_MS = 500;

/**
 * Tells when the wall clock has moved against the monotonic one: somebody set it, or the machine was suspended.
 *
 * @param onJump told by how many milliseconds it moved; negative when it was set back
 */
export const watchWallClock = (clock: Clock, onJump: (byMs: number) => void): { stop(): void } => {
  const gap = (): number => clock.now() - clock.monotonic();
  let known = gap();
  let timer: Timer;
  const look = (): void => {
    timer = clock.startTimer(LOOK_MS, look);
    const byMs = gap() - known;
    known += byMs;
    if (Math.abs(byMs) >= JUMP_MS) onJump(byMs);
  };
  timer = clock.startTimer(LOOK_MS, look);
  return { stop: () => timer.cancel() };
};
