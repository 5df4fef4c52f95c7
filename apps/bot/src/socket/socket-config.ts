import { Browsers, proto, type UserFacingSocketConfig, type WAVersion } from "@whiskeysockets/baileys";
import type { GroupCache } from "./group-cache.ts";

/** What a socket needs that outlives it. */
export interface SocketParts {
  readonly auth: UserFacingSocketConfig["auth"];
  readonly logger: NonNullable<UserFacingSocketConfig["logger"]>;
  readonly retryCounters: NonNullable<UserFacingSocketConfig["msgRetryCounterCache"]>;
  readonly groups: GroupCache;
  /** A message we sent, for a recipient who could not decrypt it. */
  readonly recall: NonNullable<UserFacingSocketConfig["getMessage"]>;
  /** What the client says it is. */
  readonly version: WAVersion;
  /** Another server in place of WhatsApp. */
  readonly serverUrl?: string | undefined;
}

type Fetch = NonNullable<UserFacingSocketConfig["cachedGroupMetadata"]>;

/**
 * Baileys' options. What is not here is its default, on purpose: `shouldSyncHistoryMessage` above all, since refusing
 * every kind of history leaves Baileys without LID mappings.
 */
export const socketConfig = (parts: SocketParts, groupMetadata: Fetch): UserFacingSocketConfig => ({
  // Not wrapped in `makeCacheableSignalKeyStore`: a read of the local store takes microseconds, and that cache grows
  // without bound.
  auth: parts.auth,
  logger: parts.logger,
  version: parts.version,
  // The tuple WhatsApp accepts; others end in "Couldn't link device".
  browser: Browsers.ubuntu("Chrome"),
  // Online means that the owner's phone stays silent.
  markOnlineOnConnect: false,
  syncFullHistory: false,
  // What we send ourselves needs no command run.
  emitOwnEvents: false,
  getMessage: parts.recall,
  cachedGroupMetadata: groupMetadata,
  msgRetryCounterCache: parts.retryCounters,
  // The store is local: a write that fails will not succeed by waiting half a minute with the send path blocked.
  transactionOpts: { maxCommitRetries: 2, delayBetweenTriesMs: 100 },
  ...(parts.serverUrl === undefined ? {} : { waWebSocketUrl: parts.serverUrl }),
});

/** A message of ours in the form it is stored in. */
export const decodeContent = (bytes: Uint8Array): proto.IMessage => proto.Message.decode(bytes);
