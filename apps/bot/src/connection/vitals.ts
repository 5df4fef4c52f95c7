import type { Vitals } from "@blacksky/whatsapp";
import type { Outgoing } from "../outbox/outgoing.ts";
import type { LagMeter } from "./lag-meter.ts";
import type { SocketSlot } from "./socket-slot.ts";

export interface VitalsSources {
  readonly slot: Pick<SocketSlot, "openSocket" | "view">;
  readonly outgoing: Pick<Outgoing, "quiet">;
  readonly lag: Pick<LagMeter, "worstMs">;
}

/** What the watchdog goes by. */
export const readVitals = ({ slot, outgoing, lag }: VitalsSources): Vitals => {
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
    sending: !outgoing.quiet,
  };
};
