import { after, nowMs } from "./clock.ts";
import { failure } from "./failure.ts";

/** A linked device in an event. */
interface DeviceFact {
  phone: string;
  device: number;
}

/** Everything that happens in the simulator, by event type. Facts, past tense; no keys, and text only where it is seen. */
export interface SimulatorFacts {
  /** A client that asked for a websocket got something else. */
  "upgrade.refused": { answer: number | "silence" };
  "socket.opened": { connection: number };
  "socket.closed": { connection: number; phone?: string; device?: number; problem?: string };
  "pairing.started": { connection: number };
  "pairing.rejected": { connection: number; reason: number };
  "pairing.code-requested": { phone: string };
  "pairing.succeeded": DeviceFact;
  "pairing.failed": { phone: string; problem: string };
  "login.succeeded": DeviceFact;
  "login.rejected": { phone: string; device: number; reason: number };
  "device.activated": DeviceFact & { replayed: number };
  "device.replaced": DeviceFact;
  "device.removed": DeviceFact;
  "message.accepted": { id: string; from: string; chat: string };
  "message.rejected": { id: string; from: string; chat: string; error: number };
  "message.queued": DeviceFact & { id: string; chat: string };
  "message.delivered": DeviceFact & { id: string; offline: boolean };
  /** `count` above 1: it arrived again, and was dropped; `text` is what the first one said. */
  "message.seen": {
    id: string;
    by: string;
    from: string;
    chat: string;
    text: string;
    count: number;
    quotedId?: string;
  };
  "message.undecryptable": { id: string; by: string };
  "receipt.received": DeviceFact & { id: string; kind: string };
  "message.nacked": DeviceFact & { id: string; error: string };
  "retry.requested": { id: string; by: "client" | "person"; count: number };
  "query.refused": DeviceFact & { what: string };
  "stanza.unhandled": DeviceFact & { what: string };
  /** A session that was replaced or ended still wrote something, which nobody hears. */
  "stanza.outdated": DeviceFact & { what: string };
  "fault.injected": { fault: string; phone?: string };
  /** A fault that waits for its occasion has found one; `id` is the message's. */
  "fault.struck": { fault: string; phone: string; id?: string };
  "fault.failed": { fault: string; problem: string };
  "server.failed": { problem: string };
}

/** The name of an event. */
export type SimulatorEventType = keyof SimulatorFacts;

/** One event of one type: its facts, its `type`, and `at` in milliseconds since the epoch. */
export type SimulatorEventOf<T extends SimulatorEventType> = { type: T; at: number } & SimulatorFacts[T];

/** Any event of the simulator; switch on `type`. */
export type SimulatorEvent = { [T in SimulatorEventType]: SimulatorEventOf<T> }[SimulatorEventType];

type Listener = (event: SimulatorEvent) => void;

/** Tells listeners what happened, in the order it happened, while it happens. */
export class EventBus {
  readonly #listeners = new Set<Listener>();
  readonly #rejectWaits = new Set<(error: Error) => void>();

  emit<T extends SimulatorEventType>(type: T, facts: SimulatorFacts[T]): void {
    // The union is distributed over T, which the compiler cannot follow for an unresolved T.
    const event = { type, at: nowMs(), ...facts } as unknown as SimulatorEvent;
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls `listener` for each event of this type. Returns a function that ends that. */
  on<T extends SimulatorEventType>(type: T, listener: (event: SimulatorEventOf<T>) => void): () => void {
    return this.onAny((event) => {
      // The type was compared in the same line; the compiler does not narrow the union by an unresolved T.
      if (event.type === type) listener(event as unknown as SimulatorEventOf<T>);
    });
  }

  /** Calls `listener` for every event. Returns a function that ends that. */
  onAny(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * The next event, from now on, for which `predicate` is true. Rejects with `simulator.deadline` after `deadlineMs`,
   * and with `simulator.stopped` when the simulator stops first. `what` completes "… did not happen".
   */
  async waitFor(
    predicate: (event: SimulatorEvent) => boolean,
    deadlineMs: number,
    what = "The awaited event",
  ): Promise<SimulatorEvent> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        stopListening();
        cancelDeadline();
        this.#rejectWaits.delete(refuse);
      };
      const refuse = (error: Error): void => {
        end();
        reject(error);
      };
      const stopListening = this.onAny((event) => {
        if (!predicate(event)) return;
        end();
        resolve(event);
      });
      const cancelDeadline = after(deadlineMs, () => {
        refuse(failure("simulator.deadline", `${what} did not happen within ${deadlineMs} ms.`, "Look at the ledger."));
      });
      this.#rejectWaits.add(refuse);
    });
  }

  /** Rejects everything that still waits. */
  close(): void {
    for (const refuse of this.#rejectWaits) {
      refuse(failure("simulator.stopped", "The simulator has stopped.", "Wait before you stop it."));
    }
    this.#listeners.clear();
  }
}
