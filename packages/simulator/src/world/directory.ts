import { failure } from "../failure.ts";
import { newEndpointRecord } from "../signal/endpoint.ts";
import { nowSeconds } from "../clock.ts";
import { lidUserOf, newGroupId, parseJid, parsePhone } from "./address.ts";
import type { Addressing } from "./address.ts";
import type { LinkedDevice } from "./linked-device.ts";
import { User } from "./user.ts";
import type { UserRecord } from "./user.ts";

/** A group; its first member is its creator and admin. */
export interface GroupRecord {
  id: string;
  subject: string;
  addressing: Addressing;
  /** Seconds since the epoch. */
  createdAt: number;
  /** Phone numbers. */
  members: string[];
}

/** Everybody there is, as the state file keeps them. */
export interface DirectoryRecord {
  users: UserRecord[];
  groups: GroupRecord[];
}

/** What may be said about a user when he is added; given again later, it changes him. */
export interface UserOptions {
  phone: string;
  name?: string | undefined;
  addressing?: Addressing | undefined;
  reads?: boolean | undefined;
}

/** All phones, linked devices and groups, found by any of their addresses. */
export class Directory {
  readonly #users = new Map<string, User>();
  readonly #byLid = new Map<string, User>();
  readonly #groups = new Map<string, GroupRecord>();
  readonly #onChange: () => void;

  constructor(record: DirectoryRecord, onChange: () => void) {
    this.#onChange = onChange;
    for (const user of record.users) this.#index(new User(user, onChange));
    for (const group of record.groups) this.#groups.set(group.id, group);
  }

  get users(): User[] {
    return [...this.#users.values()];
  }

  get groups(): GroupRecord[] {
    return [...this.#groups.values()];
  }

  get devices(): LinkedDevice[] {
    return this.users.flatMap((user) => [...user.devices.values()]);
  }

  /** Adds a phone, or changes the one with this number. Throws `simulator.bad-input` when its role is another. */
  addUser(role: UserRecord["role"], options: UserOptions): User {
    const phone = parsePhone(options.phone);
    const known = this.#users.get(phone);
    if (known !== undefined && known.role !== role) {
      throw failure(
        "simulator.bad-input",
        `The phone ${phone} is already ${known.role === "account" ? "an account" : "a person"}.`,
        "Use another number.",
      );
    }
    const user = known ?? this.#create(role, phone);
    user.name = options.name ?? user.name;
    user.addressing = options.addressing ?? user.addressing;
    user.reads = options.reads ?? user.reads;
    this.#onChange();
    return user;
  }

  /** Adds a group of phones that exist. */
  addGroup(options: { subject: string; members: string[]; addressing?: Addressing | undefined }): GroupRecord {
    const members = [...new Set(options.members.map((member) => this.user(member, "members").phone))];
    const { subject, addressing = "lid" } = options;
    const group: GroupRecord = { id: newGroupId(), subject, addressing, createdAt: nowSeconds(), members };
    this.#groups.set(group.id, group);
    this.#onChange();
    return group;
  }

  /** The user with this phone number or JID. Throws `simulator.unknown` naming the field it came in. */
  user(address: string, field = "phone"): User {
    const user = address.includes("@") ? this.find(address) : this.#users.get(parsePhone(address, field));
    if (user !== undefined) return user;
    throw failure(
      "simulator.unknown",
      `The field "${field}" names ${address}, whom the simulator does not know.`,
      "Add the person or account first.",
    );
  }

  /** The user behind a phone-number JID or LID, with or without a device. */
  find(jid: string | undefined): User | undefined {
    const parsed = parseJid(jid);
    if (parsed === undefined) return undefined;
    return parsed.server === "lid" ? this.#byLid.get(parsed.user) : this.#users.get(parsed.user);
  }

  group(id: string | undefined): GroupRecord | undefined {
    return id === undefined ? undefined : this.#groups.get(id);
  }

  /** The members of a group, in its order. */
  members(group: GroupRecord): User[] {
    return group.members.map((phone) => this.user(phone, "members"));
  }

  toRecord(): DirectoryRecord {
    return { users: this.users.map((user) => user.toRecord()), groups: this.groups };
  }

  /** Resolves when nothing is being encrypted or decrypted any more. */
  async settled(): Promise<void> {
    await Promise.all(this.users.map(async ({ lane }) => lane.run(async () => undefined)));
  }

  close(): void {
    for (const user of this.users) user.endpoint.close();
  }

  #create(role: UserRecord["role"], phone: string): User {
    const user = new User(
      {
        role,
        phone,
        lidUser: lidUserOf(phone),
        name: role === "account" ? "Owner" : `Person ${phone.slice(-4)}`,
        addressing: "pn",
        reads: false,
        endpoint: newEndpointRecord(),
        nextDeviceId: 1,
        devices: [],
        sent: [],
        seen: [],
        senderKeyHolders: {},
      },
      this.#onChange,
    );
    this.#index(user);
    return user;
  }

  #index(user: User): void {
    this.#users.set(user.phone, user);
    this.#byLid.set(user.lidUser, user);
  }
}
