import { addTransactionCapability, Curve, DEFAULT_CONNECTION_CONFIG, initAuthCreds } from "@whiskeysockets/baileys";
import type { KeyPair, SignalCreds } from "@whiskeysockets/baileys";
import { silentLogger } from "./silent-logger.ts";
import type { KeyBundle } from "./bundle.ts";
import { toE2ESession } from "./bundle.ts";
import { KeyShelf } from "./key-shelf.ts";
import { Lane } from "./lane.ts";
import type { KeyShelfRecord } from "./key-shelf.ts";

/** The key material of a simulated phone, in the form the state file keeps. */
export interface EndpointRecord {
  creds: SignalCreds;
  nextPreKeyId: number;
  keys: KeyShelfRecord;
}

/** Ciphertext as it travels in `<enc>`. */
export interface Ciphertext {
  type: "pkmsg" | "msg" | "skmsg";
  bytes: Uint8Array;
}

/**
 * libsignal keeps one queue per address for the whole process, and runs in the transaction of whoever began the queue
 * what others have put into it since: a phone that wrote while another one did lost its ratchet step. Real phones share
 * no process, so here one at a time has the library.
 */
const turns = new Lane();

/** New key material for a phone that has just been set up. */
export const newEndpointRecord = (): EndpointRecord => {
  const { signedIdentityKey, signedPreKey, registrationId } = initAuthCreds();
  return { creds: { signedIdentityKey, signedPreKey, registrationId }, nextPreKeyId: 1, keys: {} };
};

/**
 * The Signal side of one simulated phone: Baileys' own repository over keys in memory. `address` is always the other
 * end's device under its LID (`user:device@lid`), whatever address the stanza was written with.
 */
export class SignalEndpoint {
  readonly #creds: SignalCreds;
  readonly #keys: KeyShelf;
  readonly #repository: ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;
  #nextPreKeyId: number;

  constructor(record: EndpointRecord, onChange: () => void) {
    this.#creds = record.creds;
    this.#nextPreKeyId = record.nextPreKeyId;
    this.#keys = new KeyShelf(record.keys, onChange);
    // Memory does not fail to write, so a second attempt would only hide a defect.
    const keys = addTransactionCapability(this.#keys, silentLogger, { maxCommitRetries: 1, delayBetweenTriesMs: 0 });
    this.#repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds: record.creds, keys }, silentLogger);
  }

  get identityKey(): KeyPair {
    return this.#creds.signedIdentityKey;
  }

  get registrationId(): number {
    return this.#creds.registrationId;
  }

  /** A bundle for somebody who wants to write here, with a one-time pre-key made for him. */
  issueBundle(): KeyBundle {
    const id = this.#nextPreKeyId++;
    const pair = Curve.generateKeyPair();
    this.#keys.set({ "pre-key": { [id]: pair } });
    const { signedPreKey, signedIdentityKey, registrationId } = this.#creds;
    return {
      registrationId,
      identity: Buffer.from(signedIdentityKey.public),
      signedPreKey: {
        id: signedPreKey.keyId,
        key: Buffer.from(signedPreKey.keyPair.public),
        signature: Buffer.from(signedPreKey.signature),
      },
      preKey: { id, key: Buffer.from(pair.public) },
    };
  }

  async hasSession(address: string): Promise<boolean> {
    return (await this.#repository.validateSession(address)).exists;
  }

  /** Opens a new session; the next message to `address` is a `pkmsg`. */
  async startSession(address: string, bundle: KeyBundle): Promise<void> {
    await turns.run(() => this.#repository.injectE2ESession({ jid: address, session: toE2ESession(bundle) }));
  }

  /** Encrypts padded plaintext for one device; needs a session. */
  async encrypt(address: string, plaintext: Uint8Array): Promise<Ciphertext> {
    const { type, ciphertext } = await turns.run(() =>
      this.#repository.encryptMessage({ jid: address, data: plaintext }),
    );
    return { type, bytes: ciphertext };
  }

  /** Throws libsignal's error when the message does not belong to a session this phone knows. */
  async decrypt(address: string, type: "pkmsg" | "msg", ciphertext: Uint8Array): Promise<Uint8Array> {
    return turns.run(() =>
      this.#repository.decryptMessage({ jid: address, type, ciphertext: Buffer.from(ciphertext) }),
    );
  }

  /** Encrypts for a group with this phone's sender key, and gives the key for those who do not have it yet. */
  async encryptGroup(group: string, ownAddress: string, plaintext: Uint8Array) {
    const sealed = await turns.run(() =>
      this.#repository.encryptGroupMessage({ group, meId: ownAddress, data: plaintext }),
    );
    const ciphertext: Ciphertext = { type: "skmsg", bytes: sealed.ciphertext };
    return { ciphertext, senderKey: sealed.senderKeyDistributionMessage };
  }

  /** This phone's sender key for a group as it is now, without encrypting anything. */
  async senderKey(group: string, ownAddress: string): Promise<Uint8Array> {
    return this.#repository.getSenderKeyDistributionMessage({ group, meId: ownAddress });
  }

  /** Learns another member's sender key. */
  async acceptSenderKey(group: string, author: string, senderKey: Uint8Array): Promise<void> {
    await this.#repository.processSenderKeyDistributionMessage({
      authorJid: author,
      item: { groupId: group, axolotlSenderKeyDistributionMessage: senderKey },
    });
  }

  async decryptGroup(group: string, author: string, ciphertext: Uint8Array): Promise<Uint8Array> {
    return turns.run(() => this.#repository.decryptGroupMessage({ group, authorJid: author, msg: ciphertext }));
  }

  /** Loses all sessions and other people's sender keys, as a phone restored from an old backup does. */
  forgetSessions(): void {
    this.#keys.clearKind("session");
    this.#keys.clearKind("sender-key");
  }

  toRecord(): EndpointRecord {
    return { creds: this.#creds, nextPreKeyId: this.#nextPreKeyId, keys: this.#keys.toRecord() };
  }

  close(): void {
    this.#repository.close?.();
  }
}
