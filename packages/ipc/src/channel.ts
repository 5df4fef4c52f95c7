import type { BlackskyError } from "@blacksky/errors";
import { systemClock, type Clock } from "@blacksky/machine";
import type * as z from "zod";
import type { EventDefinition, RequestDefinition } from "./define.ts";
import type { Envelope } from "./envelope.ts";
import { channelClosedError, createPendingReplies } from "./pending.ts";
import type { Port } from "./port.ts";
import { createReceiver } from "./receiver.ts";
import { violation } from "./violation.ts";

export interface ChannelOptions {
  readonly port: Port;
  /** The other side sent what no schema accepts. The parent kills such a child; a child exits. */
  readonly onViolation: (error: BlackskyError) => void;
  readonly clock?: Clock;
  /** How many requests may wait for their reply. */
  readonly pendingLimit?: number;
}

export interface RequestOptions {
  /** How long to wait for the reply. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** Typed messages over a port. Everything that arrives is parsed; types suffice for what leaves. */
export interface Channel {
  emit<Body extends z.ZodType>(definition: EventDefinition<string, Body>, body: z.input<Body>): void;
  /** @throws BlackskyError `ipc.closed`, `ipc.deadline`, `ipc.tooManyPending`, or the handler's own code */
  request<Body extends z.ZodType, Reply extends z.ZodType>(
    definition: RequestDefinition<string, Body, Reply>,
    body: z.input<Body>,
    options: RequestOptions,
  ): Promise<z.output<Reply>>;
  on<Body extends z.ZodType>(definition: EventDefinition<string, Body>, listener: (body: z.output<Body>) => void): void;
  /** One handler a request; what it throws becomes a failure with the error's code. */
  handle<Body extends z.ZodType, Reply extends z.ZodType>(
    definition: RequestDefinition<string, Body, Reply>,
    handler: (body: z.output<Body>) => z.input<Reply> | Promise<z.input<Reply>>,
  ): void;
  onClose(listener: () => void): void;
  /** Rejects all that waits and hears nothing more. The port itself stays as it is. */
  close(): void;
}

const DEFAULT_PENDING_LIMIT = 1000;

/** Opens a channel on a port. Register handlers in the same turn: messages are not kept for later listeners. */
export const createChannel = (options: ChannelOptions): Channel => {
  const { port, onViolation } = options;
  const pending = createPendingReplies(options.clock ?? systemClock, options.pendingLimit ?? DEFAULT_PENDING_LIMIT);
  const closeListeners: (() => void)[] = [];
  let closed = false;

  const send = (message: Envelope): void => port.send(message);

  const receiver = createReceiver({ send, pending, onViolation });

  const close = (): void => {
    if (closed) return;
    closed = true;
    pending.rejectAll();
    for (const listener of closeListeners) listener();
  };

  port.onMessage((message) => {
    if (!closed) receiver.receive(message);
  });
  port.onClose(close);

  return {
    emit(definition, body) {
      if (!closed) send({ kind: "event", type: definition.type, body });
    },
    async request(definition, body, { deadlineMs, signal }) {
      if (closed) throw channelClosedError(definition.type);
      const { id, promise } = pending.add(definition.type, deadlineMs, signal);
      try {
        send({ kind: "request", id, type: definition.type, body });
      } catch (error) {
        // The body cannot be cloned; nobody would ever answer.
        pending.reject(id, error as Error);
      }
      const reply = definition.reply.safeParse(await promise);
      if (reply.success) return reply.data;
      const error = violation(`The reply to ${definition.type}`, reply.error);
      onViolation(error);
      throw error;
    },
    on: (definition, listener) => receiver.on(definition, listener),
    handle: (definition, handler) => receiver.handle(definition, handler),
    onClose(listener) {
      if (closed) listener();
      else closeListeners.push(listener);
    },
    close,
  };
};
