import type { Vitals } from "@blacksky/whatsapp";
import type { SendQueue } from "../sending/send-queue.ts";
import type { LagMeter } from "./lag-meter.ts";
import type { SocketSlot } from "./socket-slot.ts";

export interface VitalsSources {
  readonly slot: Pick<SocketSlot, "openSocket" | "view">;
  readonly queue: Pick<SendQueue, "quiet">;
  readonly lag: Pick<LagMeter, "worstMs">;
}

/** What the watchdog goes by. */
export const readVitals = ({ slot, queue, lag }: VitalsSources): Vitals => {
  const { openSocket, view } = slot;
  return {
    socket:
      openSocket === undefined
        ? null
        : {
            generation: view.generation,
            frames: openSocket.arrivals.frames,
            silentMs: openSocket.arrivals.silentMs,
          },
    lagMs: lag.worstMs,
    sending: !queue.quiet,
  };
};
