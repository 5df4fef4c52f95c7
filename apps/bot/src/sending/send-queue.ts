import { describeError } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import { delay, type Clock } from "@blacksky/machine";
import { createLanes } from "../lanes.ts";
import type { Draft, Envelope, WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import { createAckWaiters, type Answer } from "./ack-waiters.ts";
import { createOpenDoor } from "./open-door.ts";
import { createSendTally, type SendCounts, type Tallied } from "./send-tally.ts";

/** After this the acknowledgement has been lost, or the message has; the same id goes out again, which shows once. */
const ACK_DEADLINE_MS = 20_000;
const MAX_ATTEMPTS = 4;
/** How long an answer waits for a connection in memory; after that its question is answered again, when there is one. */
const WINDOW_MS = 5 * 60_000;
/** Before another try on a socket that just failed to take the message. */
const RETRY_PAUSE_MS = 1000;
/** More waiting messages than this are a flood; they are refused rather than kept in memory. */
const QUEUE_LIMIT = 1000;

/** What a socket offers to the queue. */
export type Carrier = Pick<WhatsAppSocket, "prepare" | "relay">;

/** How a send ended. `unacknowledged`: given up without knowing whether it arrived. */
export type SendOutcome =
  | { readonly status: "accepted" }
  | { readonly status: "refused"; readonly code: string }
  | { readonly status: "unacknowledged" };

export interface SendQueueOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Stores a message before its ciphertext leaves, for recipients who cannot decrypt it. */
  readonly remember: (envelope: Envelope) => Promise<void>;
  readonly onCounts: () => void;
}

/** The only way out: one at a time per chat, each until the server has it, another try with the same id after a loss. */
export interface SendQueue {
  send(draft: Draft): Promise<SendOutcome>;
  opened(carrier: Carrier): void;
  closed(): void;
  acknowledged(id: string, refusal: string | undefined): void;
  readonly counts: SendCounts;
  /** Whether nothing is under way that could still get through. */
  readonly quiet: boolean;
  /** Gives up whatever is not sent yet: it was to go out from an account that is no longer linked. */
  abandon(): void;
  /** Gives up what waits for a connection: none will come. */
  lock(): void;
}

/** A queue without a connection. */
export const createSendQueue = (options: SendQueueOptions): SendQueue => {
  const { clock, log } = options;
  const lanes = createLanes();
  const waiters = createAckWaiters(clock);
  const door = createOpenDoor<Carrier>(clock);
  const tally = createSendTally(options.onCounts);
  let account = 0;

  const relay = (carrier: Carrier, envelope: Envelope): Promise<Answer> => {
    const answered = waiters.wait(envelope.id, ACK_DEADLINE_MS);
    carrier.relay(envelope).catch((error: unknown) => {
      log.warn(`A message could not be sent: ${describeError(error)}`, { notification_id: envelope.id });
      waiters.settle(envelope.id, { status: "lost" });
    });
    return answered;
  };

  const deliver = async (draft: Draft, tallied: Tallied, from: number): Promise<SendOutcome> => {
    const giveUpAt = clock.monotonic() + WINDOW_MS;
    let envelope: Envelope | undefined;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const carrier = await door.next(giveUpAt - clock.monotonic());
      if (carrier === undefined || from !== account) break;
      if (envelope === undefined) {
        envelope = await carrier.prepare(draft);
        await options.remember(envelope);
      }
      const answer = await relay(carrier, envelope);
      if (answer.status !== "lost") return answer;
      tallied.retrying();
      if (door.now === carrier) await delay(clock, RETRY_PAUSE_MS * attempt);
    }
    return { status: "unacknowledged" };
  };

  const sendInTurn = async (draft: Draft): Promise<SendOutcome> => {
    const tallied = tally.begin();
    const from = account;
    try {
      const outcome = await lanes.run(draft.chat, () => deliver(draft, tallied, from));
      tallied.ended(outcome.status === "accepted" ? "delivered" : "dead");
      return outcome;
    } catch (error) {
      tallied.ended("dead");
      throw error;
    }
  };

  return {
    async send(draft) {
      if (lanes.size < QUEUE_LIMIT) return sendInTurn(draft);
      tally.begin().ended("dead");
      return { status: "refused", code: "queue.full" };
    },
    opened: (carrier) => door.open(carrier),
    closed() {
      door.close();
      waiters.loseAll();
    },
    acknowledged: (id, refusal) =>
      waiters.settle(id, refusal === undefined ? { status: "accepted" } : { status: "refused", code: refusal }),
    get counts() {
      return tally.counts;
    },
    get quiet() {
      return lanes.size === 0 || door.now === undefined;
    },
    abandon() {
      account += 1;
      door.turnAway();
    },
    lock: () => door.lock(),
  };
};
