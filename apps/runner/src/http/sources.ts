import type { Health, Pairing, RecordSizes } from "@blacksky/protocol";
import type { SessionActions } from "../routing/session-actions.ts";

/** What the endpoints show and do. */
export interface HttpSources extends SessionActions {
  readonly health: () => Health;
  /** Of the session, as far as they are known; never rejects. */
  readonly recordSizes: () => Promise<readonly RecordSizes[]>;
  readonly pairing: () => Pairing;
  readonly draining: () => boolean;
  readonly adminToken: () => string | undefined;
}
