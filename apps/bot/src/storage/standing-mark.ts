import { connection } from "@blacksky/protocol";
import type { Store } from "@blacksky/store";
import { standingAfterClosing, standingAfterOpening, type Disconnect, type Standing } from "@blacksky/whatsapp";

/** A record and not meta, so that it is replicated: another machine must not connect where this one had to stop. */
const STANDING_KEY = "standing";

/** How WhatsApp stands to the session, as the store remembers it. Each change is committed before the call returns. */
export interface StandingMark {
  readonly current: Standing | null;
  /** A socket has ended. */
  closed(disconnect: Disconnect, now: number): void;
  /** A connection is open. */
  opened(): void;
  /** A person has said "go on" at this time. */
  overruled(at: number): void;
}

const isOfClient = ({ kind }: Standing): boolean => kind === "outdated" || kind === "rejected";

const read = (bytes: Uint8Array): { build?: unknown; standing?: unknown } => {
  try {
    return Object(JSON.parse(Buffer.from(bytes).toString("utf8"))) as object;
  } catch {
    return {};
  }
};

/** What a newer build may have written, and this one cannot read, holds nobody up: an attempt shows how things stand. */
const parse = (bytes: Uint8Array | undefined, build: string): Standing | null => {
  if (bytes === undefined) return null;
  const kept = read(bytes);
  const { data: standing } = connection.standing.safeParse(kept.standing);
  if (standing === undefined) return null;
  // What WhatsApp does not accept is the build of then, not this one.
  return isOfClient(standing) && kept.build !== build ? null : standing;
};

/**
 * The mark in a store.
 *
 * @param build the version of this bot
 */
export const createStandingMark = (store: Store, build: string): StandingMark => {
  let current = parse(store.get(STANDING_KEY), build);
  const keep = (next: Standing | null): void => {
    if (next === current) return;
    current = next;
    const value = next === null ? undefined : Buffer.from(JSON.stringify({ build, standing: next }));
    store.writeSync([{ key: STANDING_KEY, value }]);
  };
  return {
    get current() {
      return current;
    },
    closed: (disconnect, now) => keep(standingAfterClosing(current, disconnect, now)),
    opened: () => keep(standingAfterOpening(current)),
    overruled(at) {
      if (current !== null && current.atMs <= at) keep(null);
    },
  };
};
