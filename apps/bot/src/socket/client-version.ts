import type { Logger } from "@blacksky/logger";
import type { Store } from "@blacksky/store";
import { DEFAULT_CONNECTION_CONFIG, fetchLatestWaWebVersion, type WAVersion } from "@whiskeysockets/baileys";

/** Outside the session's own keys: it is the same for whoever is paired. */
const KEY = "client-version";
const LOOKUP_DEADLINE_MS = 10_000;

/** The version of WhatsApp Web that the client says it is. */
export interface ClientVersion {
  /** The newest that is known: bundled with Baileys, or looked up by this bot or one before it. */
  readonly current: WAVersion;
  /** Looks up the newest one, after WhatsApp refused ours. Never rejects. */
  lookUp(): Promise<void>;
}

export interface ClientVersionOptions {
  readonly store: Pick<Store, "get" | "write">;
  readonly log: Logger;
  /** Any other server has versions of its own; nothing is looked up for it. */
  readonly isWhatsApp: boolean;
  /** What WhatsApp's own site serves now; rejects when it cannot be told. */
  readonly fetchNewest?: () => Promise<WAVersion>;
  /** Told of a failure to write. */
  readonly onFailure: (error: unknown) => void;
}

const fetchFromWhatsApp = async (): Promise<WAVersion> => {
  const answer = await fetchLatestWaWebVersion({ signal: AbortSignal.timeout(LOOKUP_DEADLINE_MS) });
  if (!answer.isLatest) throw answer.error;
  return answer.version;
};

const isVersion = (value: unknown): value is WAVersion =>
  Array.isArray(value) && value.length === 3 && value.every((part) => Number.isSafeInteger(part) && part >= 0);

const isNewer = (one: WAVersion, other: WAVersion): boolean => {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
};

const parse = (bytes: Uint8Array | undefined): WAVersion | undefined => {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return isVersion(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The chain of versions: looked up, kept in the store and so in PostgreSQL, bundled. Nothing is looked up before WhatsApp
 * refuses what we have (405): the bundled version is the one that Baileys was tested with. A newer Baileys wins over an
 * older lookup.
 */
export const createClientVersion = (options: ClientVersionOptions): ClientVersion => {
  const { store, log, isWhatsApp, fetchNewest = fetchFromWhatsApp, onFailure } = options;
  const bundled = DEFAULT_CONNECTION_CONFIG.version;
  const kept = parse(store.get(KEY));
  let current = kept !== undefined && isNewer(kept, bundled) ? kept : bundled;

  const lookUp = async (): Promise<void> => {
    if (!isWhatsApp) return;
    const newest = await fetchNewest();
    if (!isVersion(newest) || !isNewer(newest, current)) {
      log.warn("WhatsApp refuses this version of the client, and there is no newer one. Update the bot.", {
        version: current.join("."),
      });
      return;
    }
    current = newest;
    log.info("The client says it is the newest version from now on.", { version: current.join(".") });
    await store.write([{ key: KEY, value: Buffer.from(JSON.stringify(current)) }]).catch(onFailure);
  };

  return {
    get current() {
      return current;
    },
    lookUp: () =>
      lookUp().catch((error: unknown) =>
        log.warn("The newest version of WhatsApp Web could not be looked up; the bot goes on with the one it has.", {
          version: current.join("."),
          error,
        }),
      ),
  };
};
