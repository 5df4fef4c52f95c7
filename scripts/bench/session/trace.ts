import { seededRandom } from "@blacksky/machine";
import type { SignalDataSet } from "@whiskeysockets/baileys";
import { randomBytes } from "node:crypto";

/** How big a bot's life is. */
export interface TraceShape {
  readonly contacts: number;
  readonly groups: number;
  readonly preKeys: number;
  /** Two writes each: what came, and the answer. */
  readonly messages: number;
}

/** What Baileys asks its key store to keep, one entry per `keys.set`. */
export interface Trace {
  /** What is there before: pre-keys in one piece, as at pairing, and a session with every contact. */
  readonly before: readonly SignalDataSet[];
  readonly messages: readonly (readonly [received: SignalDataSet, answered: SignalDataSet])[];
}

interface Session {
  rounds: number;
  chains: Record<string, unknown>;
}

const SHARE_OF_GROUPS = 0.15;
const SHARE_OF_FIRST_MESSAGES = 0.05;
const MOST_ROUNDS = 14;

const key = (bytes = 32): string => randomBytes(bytes).toString("base64");

const chain = (counter: number) => ({ chainKey: { counter, key: key() }, chainType: 1, messageKeys: {} });

/** A record in libsignal's shape: about 1 KB for a new session, and 150 bytes more with every round trip. */
const sessionRecord = ({ chains, rounds }: Session) => ({
  _sessions: {
    [key(33)]: {
      registrationId: 1_000_000,
      currentRatchet: {
        ephemeralKeyPair: { pubKey: key(33), privKey: key() },
        lastRemoteEphemeralKey: key(33),
        previousCounter: rounds,
        rootKey: key(),
      },
      indexInfo: {
        baseKey: key(33),
        baseKeyType: 2,
        closed: -1,
        used: 1_700_000_000_000,
        created: 1_700_000_000_000,
        remoteIdentityKey: key(33),
      },
      _chains: chains,
    },
  },
  version: "v1",
});

const bytes = (length: number) => ({ type: "Buffer", data: key(length) });

const senderKeyRecord = (iteration: number): Uint8Array =>
  Buffer.from(
    JSON.stringify([
      {
        senderKeyId: 1,
        senderChainKey: { iteration, seed: bytes(32) },
        senderSigningKey: { public: bytes(33) },
        senderMessageKeys: Array.from({ length: 10 + (iteration % 10) }, (_, at) => ({
          iteration: iteration - at,
          seed: bytes(32),
        })),
      },
    ]),
  );

const contactId = (index: number): string => `${String(491_550_000_000 + index)}.0`;

const turn = (session: Session): SignalDataSet["session"] & object => {
  session.rounds += 1;
  if (session.rounds > MOST_ROUNDS) Object.assign(session, { rounds: 1, chains: {} });
  session.chains = { ...session.chains, [key(33)]: chain(session.rounds) };
  return sessionRecord(session) as never;
};

/** Sessions of 1–3 KB, in sets of one, for a store that is to be filled. */
export const makeRecords = (count: number): SignalDataSet[] =>
  Array.from({ length: count }, (_, index) => {
    const chains = Object.fromEntries(Array.from({ length: 2 + (index % 12) }, (_unused, at) => [key(33), chain(at)]));
    return { session: { [contactId(index)]: sessionRecord({ rounds: 1, chains }) as never } };
  });

/** The id under which `makeRecords` keeps its `index`th session. */
export const recordId = contactId;

/**
 * Traffic of a bot that answers every message. A quarter of the contacts writes half of the messages; who writes when
 * is the same for the same seed.
 */
export const makeTrace = ({ contacts, groups, preKeys, messages }: TraceShape, seed: number): Trace => {
  const random = seededRandom(seed);
  const sessions = Array.from({ length: contacts }, (_, index): Session => {
    const rounds = 1 + (index % MOST_ROUNDS);
    return {
      rounds,
      chains: Object.fromEntries(Array.from({ length: rounds }, (_unused, at) => [key(33), chain(at)])),
    };
  });
  let nextPreKey = 1;
  const preKeyPairs = Array.from({ length: preKeys }, (_, at) => [
    String(at + 1),
    { public: randomBytes(32), private: randomBytes(32) },
  ]);
  const inGroup = (): [SignalDataSet, SignalDataSet] => {
    const group = `1203630${String(Math.floor(random() * groups)).padStart(4, "0")}@g.us`;
    const member = Math.floor(random() * contacts);
    const set = (id: string, iteration: number): SignalDataSet => ({
      "sender-key": { [`${group}::${id}`]: senderKeyRecord(iteration) },
    });
    return [set(`${String(491_550_000_000 + member)}::0`, Math.floor(random() * 1000)), set("4915550000001::1", 1)];
  };
  const inPerson = (): [SignalDataSet, SignalDataSet] => {
    const index = Math.floor(contacts * random() ** 2);
    const session = sessions[index] ?? { rounds: 1, chains: {} };
    const isFirst = random() < SHARE_OF_FIRST_MESSAGES && nextPreKey <= preKeys;
    const used = isFirst ? { "pre-key": { [String(nextPreKey++)]: null } } : {};
    const received = { session: { [contactId(index)]: turn(session) as never }, ...used };
    return [received, { session: { [contactId(index)]: sessionRecord(session) as never } }];
  };
  return {
    before: [{ "pre-key": Object.fromEntries(preKeyPairs) }, ...makeRecords(contacts)],
    messages: Array.from({ length: messages }, () => (random() < SHARE_OF_GROUPS ? inGroup() : inPerson())),
  };
};
