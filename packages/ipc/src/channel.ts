import { BlackskyError, describeError, errorCode } from "@blacksky/errors";
import { systemClock, type Clock } from "@blacksky/machine";
import { z } from "zod";
import type { EventDefinition, RequestDefinition } from "./define.ts";
import { envelope, type Envelope } from "./envelope.ts";
import { channelClosedError, createPendingReplies } from "./pending.ts";
import type { Port } from "./port.ts";

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

const violation = (what: string, error: z.ZodError): BlackskyError =>
  new BlackskyError("ipc.violation", `${what} does not fit the protocol: ${z.prettifyError(error)}`, { cause: error });

/** Opens a channel on a port. Register handlers in the same turn: messages are not kept for later listeners. */
export const createChannel = (options: ChannelOptions): Channel => {
  const { port, onViolation } = options;
  const pending = createPendingReplies(options.clock ?? systemClock, options.pendingLimit ?? DEFAULT_PENDING_LIMIT);
  const listeners = new Map<string, ((body: unknown) => void)[]>();
  const handlers = new Map<string, (body: unknown) => Promise<unknown>>();
  const closeListeners: (() => void)[] = [];
  let closed = false;

  const send = (message: Envelope): void => port.send(message);

  const answer = async ({ id, type, body }: Extract<Envelope, { kind: "request" }>): Promise<void> => {
    const handler = handlers.get(type);
    if (handler === undefined) {
      send({ kind: "failure", id, code: "ipc.unknownRequest", message: `Nobody here answers ${type}.` });
      return;
    }
    try {
      send({ kind: "reply", id, body: await handler(body) });
    } catch (error) {
      send({ kind: "failure", id, code: errorCode(error), message: describeError(error) });
    }
  };

  const receive = (message: unknown): void => {
    if (closed) return;
    const parsed = envelope.safeParse(message);
    if (!parsed.success) {
      onViolation(violation("A message", parsed.error));
      return;
    }
    const { data } = parsed;
    switch (data.kind) {
      case "event":
        for (const listener of listeners.get(data.type) ?? []) listener(data.body);
        break;
      case "request":
        void answer(data);
        break;
      case "reply":
        pending.resolve(data.id, data.body);
        break;
      case "failure":
        pending.reject(data.id, new BlackskyError(data.code, data.message));
        break;
    }
  };

  const close = (): void => {
    if (closed) return;
    closed = true;
    pending.rejectAll();
    for (const listener of closeListeners) listener();
  };

  port.onMessage(receive);
  port.onClose(close);

  return {
    emit(definition, body) {
      if (!closed) send({ kind: "event", type: definition.type, body });
    },
    async request(definition, body, { deadlineMs, signal }) {
      if (closed) throw channelClosedError(definition.type);
      const { id, promise } = pending.add(definition.type, deadlineMs, signal);
      send({ kind: "request", id, type: definition.type, body });
      const reply = definition.reply.safeParse(await promise);
      if (reply.success) return reply.data;
      const error = violation(`The reply to ${definition.type}`, reply.error);
      onViolation(error);
      throw error;
    },
    on(definition, listener) {
      const known = listeners.get(definition.type) ?? [];
      known.push((body) => {
        const parsed = definition.body.safeParse(body);
        if (parsed.success) listener(parsed.data);
        else onViolation(violation(definition.type, parsed.error));
      });
      listeners.set(definition.type, known);
    },
    handle(definition, handler) {
      handlers.set(definition.type, async (body) => {
        const parsed = definition.body.safeParse(body);
        if (parsed.success) return handler(parsed.data);
        const error = violation(definition.type, parsed.error);
        onViolation(error);
        throw error;
      });
    },
    onClose(listener) {
      if (closed) listener();
      else closeListeners.push(listener);
    },
    close,
  };
};
