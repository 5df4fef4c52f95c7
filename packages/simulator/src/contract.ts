import type { SimulatorEvent, SimulatorEventOf, SimulatorEventType } from "./event-bus.ts";
import type { Faults } from "./faults/contract.ts";
import type { Ledger } from "./ledger.ts";
import type { MessageMatch } from "./phone.ts";
import type { Addressing } from "./world/address.ts";
import type { SeenMessage } from "./world/seen-log.ts";

/** How to start a simulator. */
export interface SimulatorOptions {
  /** Websocket port; 0, the default, takes any free one. */
  port?: number;
  /** HTTP control port; 0, the default, takes any free one. */
  controlPort?: number;
  /** Address to listen on; 127.0.0.1 by default, and it should stay a loopback address: nobody has to authenticate. */
  host?: string;
  /** Where to keep the world across restarts; without it everything is forgotten at the end. */
  stateDir?: string;
  /** Called for every event. */
  log?: (event: SimulatorEvent) => void;
  /** Answer to a device's first question for its pre-key count: 0, the truth, makes Baileys upload 812 keys; 1 only 5. */
  prekeyCount?: number;
}

/** A bot linked to an account. */
export interface DeviceView {
  id: number;
  jid: string;
  online: boolean;
  /** Stanzas it has not acknowledged yet. */
  queued: number;
  logins: number;
  maxConcurrentSockets: number;
}

/** A phone that can read and write. */
export interface Phone {
  readonly phone: string;
  /** Phone-number JID. */
  readonly jid: string;
  readonly lid: string;
  /** What it has seen so far, oldest first, each message once. */
  readonly received: SeenMessage[];
  /** The first message it has seen or will see that matches; rejects with `simulator.deadline`. */
  waitForMessage(match: MessageMatch, deadlineMs: number): Promise<SeenMessage>;
  /** Loses its sessions, so that the next message from each bot cannot be read and is asked for again. */
  forgetSessions(): void;
}

/** A WhatsApp account: its owner's phone, and the bots linked to it. */
export interface Account extends Phone {
  /** Links the client that shows this QR; resolves when it is linked, rejects with a clear error. */
  scanQr(qr: string): Promise<void>;
  /** Links the client that shows this code for this number; rejects with `simulator.code-wrong` for another code. */
  enterPairingCode(code: string): Promise<void>;
  /** True while one of its bots is logged in and active. */
  readonly online: boolean;
  readonly devices: DeviceView[];
  /** Sends a text from the owner's own phone; the bots get their copy. */
  send(to: string, text: string): Promise<{ id: string }>;
}

/** Somebody who writes to bots. */
export interface Person extends Phone {
  /** Sends a text to an account, a group or another person; resolves when every bot's copy is queued. */
  say(to: string, text: string): Promise<{ id: string }>;
  /** Says something and waits for the answer: what quotes it, else the next message of that chat that quotes nothing. */
  ask(to: string, text: string, deadlineMs: number): Promise<SeenMessage>;
}

/** A group. */
export interface Group {
  readonly id: string;
  readonly subject: string;
  /** Phone numbers. */
  readonly members: string[];
}

/** A running simulator. */
export interface Simulator {
  /** What a client sets as its websocket URL. */
  readonly url: string;
  readonly controlUrl: string;
  /** Public root key in hexadecimal; the client must trust it instead of WhatsApp's. */
  readonly rootKey: string;
  readonly accounts: Account[];
  readonly people: Person[];
  readonly groups: Group[];
  readonly faults: Faults;
  /** Adds an owner's phone that bots can link to, or returns the one with this number. */
  addAccount(options: { phone: string; name?: string }): Promise<Account>;
  /** Adds a person, or changes the one with this number. `reads`: sends read receipts; off by default. */
  addPerson(options: { phone: string; name?: string; addressing?: Addressing; reads?: boolean }): Promise<Person>;
  /** Adds a group of people and accounts; LID-addressed unless told otherwise, as new groups are. */
  addGroup(options: { subject: string; members: string[]; addressing?: Addressing }): Promise<Group>;
  /** A copy of all counts. */
  ledger(): Ledger;
  on<T extends SimulatorEventType>(event: T, listener: (event: SimulatorEventOf<T>) => void): () => void;
  onAny(listener: (event: SimulatorEvent) => void): () => void;
  /** The next event, from now on, that fits; rejects with `simulator.deadline`. */
  waitFor(predicate: (event: SimulatorEvent) => boolean, deadlineMs: number): Promise<SimulatorEvent>;
  /** Saves the state, ends all connections and closes both ports. */
  stop(): Promise<void>;
}
