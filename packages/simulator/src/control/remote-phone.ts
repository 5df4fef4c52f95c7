import type { SimulatorEvent } from "../event-bus.ts";
import { failure } from "../failure.ts";
import type { MessageMatch } from "../phone.ts";
import type { SeenMessage } from "../world/seen-log.ts";
import type { ControlRequest } from "./request.ts";
import type { AccountState, PersonState } from "./views.ts";

/** An account of a simulator in another process. */
export interface RemoteAccount {
  readonly phone: string;
  readonly jid: string;
  readonly lid: string;
  scanQr(qr: string): Promise<void>;
  enterPairingCode(code: string): Promise<void>;
  send(to: string, text: string): Promise<{ id: string }>;
  /** What the owner's phone has seen later than `after` (milliseconds since the epoch). */
  messages(after?: number): Promise<SeenMessage[]>;
}

/** A person of a simulator in another process. */
export interface RemotePerson {
  readonly phone: string;
  readonly jid: string;
  readonly lid: string;
  say(to: string, text: string): Promise<{ id: string }>;
  ask(to: string, text: string, deadlineMs: number): Promise<SeenMessage>;
  /** What he has seen later than `after` (milliseconds since the epoch). */
  messages(after?: number): Promise<SeenMessage[]>;
  waitForMessage(match: MessageMatch, deadlineMs: number): Promise<SeenMessage>;
  forgetSessions(): Promise<void>;
}

/** Resolves when the simulator has begun to tell. */
export type OpenEvents = (signal: AbortSignal) => Promise<AsyncIterable<SimulatorEvent>>;

/** An account's verbs over HTTP. */
export const remoteAccount = (request: ControlRequest, { phone, jid, lid }: AccountState): RemoteAccount => ({
  phone,
  jid,
  lid,
  scanQr: async (qr) => request.post(`/accounts/${phone}/scan`, { qr }),
  enterPairingCode: async (code) => request.post(`/accounts/${phone}/code`, { code }),
  send: async (to, text) => request.post(`/accounts/${phone}/send`, { to, text }),
  messages: async (after = 0) => request.get(`/accounts/${phone}/messages?after=${after}`),
});

/** A person's verbs over HTTP. */
export const remotePerson = (
  request: ControlRequest,
  openEvents: OpenEvents,
  { phone, jid, lid }: PersonState,
): RemotePerson => {
  const messages = async (after = 0): Promise<SeenMessage[]> => request.get(`/people/${phone}/messages?after=${after}`);
  return {
    phone,
    jid,
    lid,
    say: async (to, text) => request.post(`/people/${phone}/say`, { to, text }),
    ask: async (to, text, deadlineMs) => request.post(`/people/${phone}/ask`, { to, text, deadlineMs }),
    messages,
    waitForMessage: async (match, deadlineMs) => waitForRemote(openEvents, phone, messages, match, deadlineMs),
    forgetSessions: async () => request.post(`/people/${phone}/forget-sessions`),
  };
};

const waitForRemote = async (
  openEvents: OpenEvents,
  phone: string,
  messages: () => Promise<SeenMessage[]>,
  match: MessageMatch,
  deadlineMs: number,
): Promise<SeenMessage> => {
  const deadline = AbortSignal.timeout(deadlineMs);
  const find = async () =>
    (await messages()).find((message) => (match instanceof RegExp ? match.test(message.text) : match(message)));
  try {
    // Listening begins before the first look, so that nothing falls between the two.
    const events = await openEvents(deadline);
    const known = await find();
    if (known !== undefined) return known;
    for await (const event of events) {
      const found = event.type === "message.seen" && event.by === phone ? await find() : undefined;
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (!deadline.aborted) throw error;
  }
  throw failure(
    "simulator.deadline",
    `${phone} received no such message within ${deadlineMs} ms.`,
    "Look at the ledger.",
  );
};
