import type { Account, DeviceView, Group, Person, Simulator } from "../contract.ts";

/** An account as JSON. */
export interface AccountState {
  phone: string;
  jid: string;
  lid: string;
  online: boolean;
  devices: DeviceView[];
}

/** A person as JSON. */
export interface PersonState {
  phone: string;
  jid: string;
  lid: string;
  received: number;
}

/** Who there is, and which bots are online. */
export interface SimulatorState {
  accounts: AccountState[];
  people: PersonState[];
  groups: Group[];
}

/** Where to connect, and what the control plane can do. */
export interface SimulatorDescription {
  name: string;
  description: string;
  /** What a client sets as its websocket URL. */
  url: string;
  /** What the client must trust, in hexadecimal. */
  rootKey: string;
  paths: Record<string, string>;
}

export const accountState = ({ phone, jid, lid, online, devices }: Account): AccountState => ({
  phone,
  jid,
  lid,
  online,
  devices,
});

export const personState = ({ phone, jid, lid, received }: Person): PersonState => ({
  phone,
  jid,
  lid,
  received: received.length,
});

export const simulatorState = ({ accounts, people, groups }: Controlled): SimulatorState => ({
  accounts: accounts.map(accountState),
  people: people.map(personState),
  groups,
});

/** The simulator without its control plane, as the control plane gets it. */
export type Controlled = Omit<Simulator, "controlUrl">;

/** Of a fault that waits for its occasions. */
const ODDS = "odds?: {times?, skip?, chance?, seed?}";

/** The answer to `GET /`: documentation that cannot go astray. */
export const description = ({ url, rootKey }: Controlled): SimulatorDescription => ({
  name: "BLACKSKY-MD simulator",
  description: "A WhatsApp Web server on this machine. Bots connect to `url` and must trust `rootKey`.",
  url,
  rootKey,
  paths: {
    "GET /state": "accounts, people, groups, and which bots are online",
    "GET /ledger": "what happened to each message, and all counts",
    "GET /events": "everything that happens, as server-sent events",
    "POST /accounts": "{phone, name?}: an owner's phone that bots can link to",
    "POST /accounts/:phone/scan": "{qr}: the owner scans a bot's QR",
    "POST /accounts/:phone/code": "{code}: the owner types a bot's pairing code",
    "POST /accounts/:phone/send": "{to, text}: the owner writes from his own phone",
    "GET /accounts/:phone/messages": "?after=milliseconds: what the owner's phone has seen",
    "POST /people": "{phone, name?, addressing?, reads?}: somebody who writes to bots",
    "POST /people/:phone/say": "{to, text}: he writes to an account, a group or another person",
    "POST /people/:phone/ask": "{to, text, deadlineMs}: the same, and waits for the answer",
    "POST /people/:phone/forget-sessions": "he loses his sessions, as after a restored backup",
    "GET /people/:phone/messages": "?after=milliseconds: what he has seen",
    "POST /groups": "{subject, members, addressing?}: a group of phone numbers",
    "POST /faults/drop": "{phone?}: cuts connections",
    "POST /faults/restart-required": "{phone}: 515",
    "POST /faults/device-removed": "{phone}: 401, unlinked",
    "POST /faults/replaced": "{phone}: 440",
    "POST /faults/occupied": "{phone, occupied}: another client takes the session back at every login (440)",
    "POST /faults/stream-error": "{phone, code?, condition?, type?}: any <stream:error>",
    "POST /faults/stream-end": "{phone}: the stream ends without a reason",
    "POST /faults/refuse-login": "{phone?, refusal?: {reason, code?, expireSeconds?}, times?}: <failure>; none admits",
    "POST /faults/withhold-acks": `{phone, withheld, ${ODDS}}: messages are taken without acknowledgement`,
    "POST /faults/refuse-messages": `{phone, code?, to?, ${ODDS}}: messages are refused with this error; none takes them`,
    "POST /faults/duplicate": `{phone, moment: at-once | after-receipt, duplicated, ${ODDS}}: delivered twice`,
    "POST /faults/damage": `{phone, direction: to-client | from-client, damaged, ${ODDS}}: cannot be read`,
    "POST /faults/lose-receipts": `{phone, side: client | people, lost, ${ODDS}}: receipts that nobody hears`,
    "POST /faults/reset-while-sending": `{phone, moment: stanza | message | acknowledgement, reset, ${ODDS}}: cut then`,
    "POST /faults/withhold-answers": "{phone, withheld}: queries are not answered, pings included",
    "POST /faults/refuse-queries": "{phone, code?}: queries are refused with this error; none answers them again",
    "POST /faults/stall": "{phone, stalled}: connections stand still, both ways, with TCP open",
    "POST /faults/latency": "{ms, jitterMs?}: every frame is so late; 0 ends it",
    "POST /faults/refuse": "{ms}: the port is closed for a while",
    "POST /faults/upgrade": "{answer: status | silence | websocket, times?}: instead of a websocket",
    "POST /faults/qr-refs": "{count}: so many QR texts for clients that want to be linked",
    "POST /faults/expire-pairings": "{}: ends the connections of clients that wait to be linked",
  },
});
