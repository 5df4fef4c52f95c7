import { Browsers, proto, type UserFacingSocketConfig, type WAVersion } from "@whiskeysockets/baileys";
import type { ReadJournal } from "./journal-reads.ts";
import type { GroupCache } from "./group-cache.ts";

/** What a socket needs that outlives it. */
export interface SocketParts {
  readonly auth: UserFacingSocketConfig["auth"];
  readonly logger: NonNullable<UserFacingSocketConfig["logger"]>;
  readonly retryCounters: NonNullable<UserFacingSocketConfig["msgRetryCounterCache"]>;
  readonly groups: GroupCache;
  /** A message we sent, for a recipient who could not decrypt it. */
  readonly recall: NonNullable<UserFacingSocketConfig["getMessage"]>;
  /** Where what was read is kept until it is handled. */
  readonly journal: ReadJournal;
  /** Resolves when what was read so far is safe enough to be acknowledged; absent where it is so at once. */
  readonly settleReads: (() => Promise<void>) | undefined;
  /** What the client says it is. */
  readonly version: WAVersion;
  /** Another server in place of WhatsApp. */
  readonly serverUrl?: string | undefined;
}

/**
 * Baileys' own ping, and its verdict: it closes a connection that was silent for five seconds longer than this, and then waits
 * half a minute for a goodbye. WhatsApp and the routers on the way want to hear something every half a minute or so; that is
 * the watchdog's work, which pings after 20 silent seconds and finds a dead connection in 35, or 45 when it has to judge
 * again. So this one only has to come after it: 50 seconds, for when nobody watches, and a ping every 45 meanwhile.
 */
const KEEP_ALIVE_MS = 45_000;

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
  keepAliveIntervalMs: KEEP_ALIVE_MS,
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
