import type { Attempts } from "./attempts.ts";
import type { Carrier } from "./carrier.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Entry } from "./entry.ts";
import type { Lines } from "./lines.ts";
import type { NotificationEffect } from "./notification/effect.ts";
import { isPending } from "./notification/state.ts";

/** What effects are done with. */
export interface Tools {
  /** The open connection. */
  readonly carrier: Carrier | undefined;
  readonly lines: Lines;
  readonly attempts: Attempts;
  /** Sends what may be sent now. */
  readonly go: () => void;
}

/** The journal tells of the store's failure, once; nothing moves on then. */
export const told = (): void => undefined;

/** Does what the machine wants done. */
export const perform = (
  { options: { clock, log }, journal }: EngineParts,
  { carrier, lines, attempts, go }: Tools,
  entry: Entry,
  effect: NotificationEffect,
): void => {
  switch (effect.type) {
    case "save":
      journal.save(entry).catch(told);
      return;
    case "queue":
      journal.requeue(entry).then(() => {
        if (isPending(entry.state)) lines.add(entry, clock.monotonic());
        go();
      }, told);
      return;
    case "send":
      if (carrier !== undefined) attempts.begin(entry, carrier);
      return;
    case "refreshDevices":
      carrier
        ?.refreshDevices(entry.chat)
        .catch((error: unknown) => log.warn("The devices of a chat could not be asked for anew.", { error }));
      return;
  }
};
