import type { proto } from "@whiskeysockets/baileys";
import { SignalEndpoint } from "../signal/endpoint.ts";
import type { EndpointRecord } from "../signal/endpoint.ts";
import { Lane } from "../signal/lane.ts";
import { lidJid, phoneJid } from "./address.ts";
import type { Addressing } from "./address.ts";
import { LinkedDevice } from "./linked-device.ts";
import type { LinkedDeviceRecord } from "./linked-device.ts";
import { SeenLog } from "./seen-log.ts";
import type { SeenMessage } from "./seen-log.ts";

/** A message somebody's phone has sent, kept so that it can be encrypted again after a retry receipt. */
export interface SentRecord {
  id: string;
  /** Phone JID of the other side, or the group's id. */
  chat: string;
  content: proto.IMessage;
  at: number;
}

/** A user as the state file keeps him. */
export interface UserRecord {
  role: "account" | "person";
  phone: string;
  lidUser: string;
  name: string;
  addressing: Addressing;
  reads: boolean;
  endpoint: EndpointRecord;
  nextDeviceId: number;
  devices: LinkedDeviceRecord[];
  sent: SentRecord[];
  seen: SeenMessage[];
  /** Group id → LIDs of the devices that have this phone's sender key. */
  senderKeyHolders: Record<string, string[]>;
}

/** One phone with its owner: somebody who writes to bots, or the owner of an account that bots are linked to. */
export class User {
  readonly role: "account" | "person";
  readonly phone: string;
  readonly lidUser: string;
  readonly endpoint: SignalEndpoint;
  readonly devices: Map<number, LinkedDevice>;
  readonly seen: SeenLog;
  readonly sent: Map<string, SentRecord>;
  readonly senderKeyHolders: Map<string, Set<string>>;
  /** Encrypting and queueing happen in one step of this lane, so that ratchet order is queue order. */
  readonly lane = new Lane();
  /** Retry receipts this phone has sent, by message id. */
  readonly retries = new Map<string, number>();
  name: string;
  addressing: Addressing;
  /** Whether this person's phone tells senders that a message was read. */
  reads: boolean;
  #nextDeviceId: number;

  constructor(record: UserRecord, onChange: () => void) {
    this.role = record.role;
    this.phone = record.phone;
    this.lidUser = record.lidUser;
    this.name = record.name;
    this.addressing = record.addressing;
    this.reads = record.reads;
    this.endpoint = new SignalEndpoint(record.endpoint, onChange);
    this.devices = new Map(record.devices.map((device) => [device.id, new LinkedDevice(device)]));
    this.seen = new SeenLog(record.seen);
    this.sent = new Map(record.sent.map((message) => [message.id, message]));
    this.senderKeyHolders = new Map(
      Object.entries(record.senderKeyHolders).map(([group, devices]) => [group, new Set(devices)]),
    );
    this.#nextDeviceId = record.nextDeviceId;
  }

  get jid(): string {
    return phoneJid(this.phone);
  }

  get lid(): string {
    return lidJid(this.lidUser);
  }

  /** Ids of linked devices are never used twice, as a removed device must not come back as another one. */
  nextDeviceId(): number {
    return this.#nextDeviceId++;
  }

  toRecord(): UserRecord {
    const { role, phone, lidUser, name, addressing, reads } = this;
    return {
      role,
      phone,
      lidUser,
      name,
      addressing,
      reads,
      endpoint: this.endpoint.toRecord(),
      nextDeviceId: this.#nextDeviceId,
      devices: [...this.devices.values()].map((device) => device.toRecord()),
      sent: [...this.sent.values()],
      seen: [...this.seen.messages],
      senderKeyHolders: Object.fromEntries([...this.senderKeyHolders].map(([group, devices]) => [group, [...devices]])),
    };
  }
}
