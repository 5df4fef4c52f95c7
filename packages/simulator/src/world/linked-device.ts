import { DeviceFaults } from "../faults/device-faults.ts";
import type { Connection } from "../wire/connection.ts";
import type { KeyBundle, PreKeyRecord, SignedPreKeyRecord } from "../signal/bundle.ts";
import { DeviceQueue } from "../messages/queue.ts";
import type { QueueEntry } from "../messages/queue.ts";
import { lidJid, phoneJid } from "./address.ts";

/** A linked device as the server knows it; everything here is public key material. */
export interface LinkedDeviceRecord {
  id: number;
  phone: string;
  lidUser: string;
  /** The Noise key by which the device proves itself at login. */
  noiseKey: Buffer;
  identity: Buffer;
  registrationId: number;
  signedPreKey: SignedPreKeyRecord;
  preKeys: PreKeyRecord[];
  /** False until the device has uploaded its first one-time keys. */
  keysUploaded: boolean;
  /** False until it got the history that ends its waiting at the first login. */
  historySent: boolean;
  logins: number;
  maxConcurrentSockets: number;
  queue: QueueEntry[];
}

/** One linked device (a bot): its keys on the server, its queue, and its connection while it is online. */
export class LinkedDevice {
  readonly id: number;
  readonly phone: string;
  readonly lidUser: string;
  readonly queue: DeviceQueue;
  readonly record: LinkedDeviceRecord;
  /** The logged-in connection; a second login replaces it. */
  connection: Connection | undefined;
  /** True once the client said `active`: from then on stanzas are written as they come. */
  active = false;
  /** What the server makes go wrong for it; forgotten when the server ends. */
  readonly faults = new DeviceFaults();

  constructor(record: LinkedDeviceRecord) {
    this.record = record;
    this.id = record.id;
    this.phone = record.phone;
    this.lidUser = record.lidUser;
    this.queue = new DeviceQueue(record.queue);
  }

  get jid(): string {
    return phoneJid(this.phone, this.id);
  }

  get lid(): string {
    return lidJid(this.lidUser, this.id);
  }

  get online(): boolean {
    return this.active && this.connection?.open === true;
  }

  /** A bundle to open a session with; its one-time pre-key is consumed. */
  takeBundle(): KeyBundle {
    const { registrationId, identity, signedPreKey, preKeys } = this.record;
    return { registrationId, identity, signedPreKey, preKey: preKeys.shift() };
  }

  toRecord(): LinkedDeviceRecord {
    return { ...this.record, queue: this.queue.toRecord() };
  }
}
