import type { Health, Pairing } from "@blacksky/protocol";
import type { SessionActions } from "../routing/session-actions.ts";

/** What the endpoints show and do. */
export interface HttpSources extends SessionActions {
  readonly health: () => Health;
  readonly pairing: () => Pairing;
  readonly draining: () => boolean;
  readonly adminToken: () => string | undefined;
}
