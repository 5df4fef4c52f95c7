import type { Health, Pairing, RecordSizes } from "@blacksky/protocol";
import type { News } from "../health/news.ts";
import type { ConnectionActions } from "../routing/connection-actions.ts";
import type { SessionActions } from "../routing/session-actions.ts";
import type { NotificationSources } from "./notifications.ts";

/** What the endpoints show and do. */
export interface HttpSources extends SessionActions, ConnectionActions, NotificationSources {
  readonly health: () => Health;
  /** The random name by which this process answers. */
  readonly instance: string;
  /** Of the session, as far as they are known; never rejects. */
  readonly recordSizes: () => Promise<readonly RecordSizes[]>;
  readonly pairing: () => Pairing;
  /** Somebody with the token wants to see how the bot is linked. */
  readonly pairingVisited: () => void;
  /** What the workers last told of the connection. */
  readonly news: () => Pick<News, "connection" | "session" | "pairing">;
  readonly draining: () => boolean;
  readonly adminToken: () => string | undefined;
}
