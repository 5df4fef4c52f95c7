import { archiveSession, createAuthState, createSentMessages, type AuthState } from "@blacksky/session";
import type { Clock } from "@blacksky/machine";
import type { Store } from "@blacksky/store";
import { dropHalfDonePairing, isPaired } from "../socket/pairing-state.ts";
import { createStandingMark, type StandingMark } from "./standing-mark.ts";
import type { SocketParts } from "../socket/socket-config.ts";
import { watchKeys } from "../socket/watched-keys.ts";
import type { Envelope } from "../socket/whatsapp-socket.ts";

/** Enough for every recipient who asks again within a week; older requests are given up by WhatsApp as well. */
const SENT_MESSAGES = { maxCount: 2000, maxAgeMs: 7 * 24 * 3_600_000 } as const;

/** The session on the local store, as the socket uses it. */
export interface SessionStorage {
  readonly auth: SocketParts["auth"];
  readonly recall: SocketParts["recall"];
  readonly paired: boolean;
  /** Whom something was sent to within a week, with the time of the newest message. */
  recipients(): Map<string, number>;
  /** Gives the next pre-keys ids from this one on; those below were perhaps given away already. */
  raisePreKeyIds(floor: number): void;
  /** Stores the creds as they are now, after every write before. A failure goes to `onFailure`. */
  saveCreds(): void;
  /** Takes back a pairing code nobody used, so that the next socket pairs afresh. */
  forgetHalfDonePairing(): void;
  /**
   * Puts the session aside, never to be used again, and begins a new one that is not linked yet. What a socket of the old
   * one still writes is dropped.
   */
  archive(reason: string): void;
  /** How WhatsApp stands to the session. Its failures go to `onFailure`. */
  readonly standing: StandingMark;
  /** Keeps a message before it is sent. Rejects when the store cannot. */
  remember(envelope: Envelope): Promise<void>;
  /** Resolves once every write that has begun is done, well or badly. */
  settled(): Promise<void>;
}

export interface SessionStorageOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** The version of this bot. */
  readonly build: string;
  /** Something was written. */
  readonly onChange: () => void;
  /** The session was put aside: nothing of it may go out from the next one. */
  readonly onArchive: () => void;
  /** The store failed: nothing may be sent or received any more. */
  readonly onFailure: (error: unknown) => void;
}

/** Knows which writes are under way, and tells of each that is done. */
const followWrites = (onDone: () => void) => {
  const writes = new Set<Promise<unknown>>();
  return {
    writing(this: void, write: Promise<unknown>): void {
      writes.add(write);
      void Promise.allSettled([write]).then(() => {
        writes.delete(write);
        onDone();
      });
    },
    async settled(this: void): Promise<void> {
      while (writes.size > 0) await Promise.allSettled(writes);
    },
  };
};

const guardStanding = (mark: StandingMark, writing: (write: () => void) => void): StandingMark => ({
  get current() {
    return mark.current;
  },
  closed: (disconnect, now) => writing(() => mark.closed(disconnect, now)),
  opened: () => writing(() => mark.opened()),
  overruled: (at) => writing(() => mark.overruled(at)),
});

/**
 * Opens the session in a store.
 *
 * @throws BlackskyError `session.notRestored`, `session.credsMissing`, `session.credsCorrupt`: never a new identity
 * where an old one should be
 */
export const openSessionStorage = (options: SessionStorageOptions): SessionStorage => {
  const { store, clock, build, onChange, onArchive, onFailure } = options;
  let session = createAuthState(store);
  const sent = createSentMessages(store, SENT_MESSAGES);
  const { writing, settled } = followWrites(onChange);
  let lastCreds: Promise<void> = Promise.resolve();

  const writingSync = (write: () => void): void => {
    try {
      write();
      onChange();
    } catch (error) {
      onFailure(error);
    }
  };

  const standing = guardStanding(createStandingMark(store, build), writingSync);

  const saveCreds = (): void => {
    lastCreds = lastCreds.then(() => session.saveCreds()).catch(onFailure);
    writing(lastCreds);
  };

  const authOf = ({ state }: AuthState): SocketParts["auth"] => {
    const isCurrent = (): boolean => session.state === state;
    return { creds: state.creds, keys: watchKeys(state.keys, { writing, failed: onFailure, isCurrent }) };
  };

  return {
    get auth() {
      return authOf(session);
    },
    recall: async (key) => sent.recall(key),
    get paired() {
      return isPaired(session.state.creds);
    },
    recipients: () => sent.recipients(),
    raisePreKeyIds(floor) {
      const { creds } = session.state;
      if (creds.nextPreKeyId >= floor) return;
      creds.nextPreKeyId = floor;
      creds.firstUnuploadedPreKeyId = floor;
      saveCreds();
    },
    saveCreds,
    forgetHalfDonePairing() {
      if (dropHalfDonePairing(session.state.creds)) saveCreds();
    },
    archive(reason) {
      writingSync(() => {
        const time = new Date(clock.now()).toISOString().replaceAll(":", "-");
        archiveSession(store, `${time}-${reason}`);
        session = createAuthState(store);
        onArchive();
      });
    },
    standing,
    async remember({ id, chat, bytes }) {
      const write = sent.remember(id, chat, bytes);
      writing(write);
      try {
        await write;
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
    settled,
  };
};
