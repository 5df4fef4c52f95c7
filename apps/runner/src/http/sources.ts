import type { Health, Pairing } from "@blacksky/protocol";

/** What the endpoints show. */
export interface HttpSources {
  readonly health: () => Health;
  readonly pairing: () => Pairing;
  readonly draining: () => boolean;
  readonly adminToken: () => string | undefined;
  /** Takes a snapshot of the session; resolves with its id. */
  readonly snapshot: () => Promise<string>;
}
