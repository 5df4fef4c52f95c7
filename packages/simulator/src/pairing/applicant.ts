import { randomBytes } from "node:crypto";
import type { proto } from "@whiskeysockets/baileys";
import { after } from "../clock.ts";
import { failure } from "../failure.ts";
import type { SignedPreKeyRecord } from "../signal/bundle.ts";
import type { Connection } from "../wire/connection.ts";
import { readUnsigned } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";

const REF_BYTES = 48;

/** What a client asks to link: the public keys it registered with. */
export interface Registration {
  noiseKey: Buffer;
  identity: Buffer;
  registrationId: number;
  signedPreKey: SignedPreKeyRecord;
}

/** A request to link by code, as the client announced it for one phone number. */
export interface CodeRequest {
  phone: string;
  wrappedEphemeral: Buffer;
  ref: Buffer;
}

const required = (bytes: Uint8Array | null | undefined): Buffer => Buffer.from(bytes ?? []);

/** Reads the keys of a registering client from its payload. */
export const readRegistration = (
  pairing: proto.ClientPayload.IDevicePairingRegistrationData,
  noiseKey: Buffer,
): Registration => ({
  noiseKey,
  identity: required(pairing.eIdent),
  registrationId: readUnsigned(required(pairing.eRegid)),
  signedPreKey: {
    id: readUnsigned(required(pairing.eSkeyId)),
    key: required(pairing.eSkeyVal),
    signature: required(pairing.eSkeySig),
  },
});

/** A client that is connected to be linked, and is not yet. */
export class Applicant {
  readonly connection: Connection;
  readonly registration: Registration;
  /** The texts its QRs begin with; each is shown for a while. */
  readonly refs: readonly string[];
  codeRequest: CodeRequest | undefined;
  readonly #answers = new Map<string, { resolve: (node: Stanza) => void; reject: (error: Error) => void }>();

  constructor(connection: Connection, registration: Registration, refCount: number) {
    this.connection = connection;
    this.registration = registration;
    this.refs = Array.from({ length: refCount }, () => `2@${randomBytes(REF_BYTES).toString("base64")}`);
  }

  /** Waits for a stanza this client owes; `key` is agreed with whoever reads its stanzas. */
  async answer(key: string, deadlineMs: number): Promise<Stanza> {
    let cancel = (): void => undefined;
    const answered = new Promise<Stanza>((resolve, reject) => {
      this.#answers.set(key, { resolve, reject });
      cancel = after(deadlineMs, () => {
        reject(gone(`did not answer within ${deadlineMs} ms`));
      });
    });
    return answered.finally(() => {
      cancel();
      this.#answers.delete(key);
    });
  }

  /** Hands over an awaited stanza; false when nobody waits for it. */
  resolve(key: string, node: Stanza): boolean {
    const waiting = this.#answers.get(key);
    waiting?.resolve(node);
    return waiting !== undefined;
  }

  /** The client is gone: nothing it owes will come. */
  close(): void {
    for (const { reject } of this.#answers.values()) reject(gone("disconnected"));
  }
}

const gone = (what: string) =>
  failure("simulator.pairing-failed", `The client that was to be linked ${what}.`, "Start pairing again.");
