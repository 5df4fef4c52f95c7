import type { Clock } from "@blacksky/machine";

/** What has arrived on a socket, whatever it was: also answers to pings, and frames that are not complete yet. */
export interface Arrivals {
  readonly frames: number;
  /** Milliseconds since the last of them, or since the socket was made. */
  readonly silentMs: number;
}

/** What is needed of Baileys' websocket: it passes these events of the raw one on. */
export interface FrameSource {
  on(event: "message" | "ping" | "pong", listener: () => void): unknown;
}

/** Counts from now on. */
export const countArrivals = (source: FrameSource, clock: Clock): Arrivals => {
  let frames = 0;
  let lastAt = clock.monotonic();
  const count = (): void => {
    frames += 1;
    lastAt = clock.monotonic();
  };
  for (const event of ["message", "ping", "pong"] as const) source.on(event, count);
  return {
    get frames() {
      return frames;
    },
    get silentMs() {
      return clock.monotonic() - lastAt;
    },
  };
};
