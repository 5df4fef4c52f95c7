import { BlackskyError, describeError, errorCode, isBlackskyError } from "@blacksky/errors";
import type * as z from "zod";
import type { EventDefinition, RequestDefinition } from "./define.ts";
import { envelope, type Envelope } from "./envelope.ts";
import type { PendingReplies } from "./pending.ts";
import { violation } from "./violation.ts";

export interface ReceiverOptions {
  readonly send: (message: Envelope) => void;
  readonly pending: PendingReplies;
  readonly onViolation: (error: BlackskyError) => void;
}

/** The half of a channel that listens. */
export interface Receiver {
  /** Parses one message and brings it where it belongs. */
  receive(message: unknown): void;
  on<Body extends z.ZodType>(definition: EventDefinition<string, Body>, listener: (body: z.output<Body>) => void): void;
  handle<Body extends z.ZodType, Reply extends z.ZodType>(
    definition: RequestDefinition<string, Body, Reply>,
    handler: (body: z.output<Body>) => z.input<Reply> | Promise<z.input<Reply>>,
  ): void;
}

const describeFailure = (id: number, error: unknown): Envelope => {
  const code = errorCode(error);
  if (!isBlackskyError(error)) return { kind: "failure", id, code, message: describeError(error) };
  const { message, hint } = error;
  return { kind: "failure", id, code, message, ...(hint === undefined ? {} : { hint }) };
};

/** Events go to their listeners, requests to their handler, replies to whom waits for them. */
export const createReceiver = ({ send, pending, onViolation }: ReceiverOptions): Receiver => {
  const listeners = new Map<string, ((body: unknown) => void)[]>();
  const handlers = new Map<string, (body: unknown) => Promise<unknown>>();

  const answer = async ({ id, type, body }: Extract<Envelope, { kind: "request" }>): Promise<void> => {
    const handler = handlers.get(type);
    if (handler === undefined) {
      send({ kind: "failure", id, code: "ipc.unknownRequest", message: `Nobody here answers ${type}.` });
      return;
    }
    try {
      send({ kind: "reply", id, body: await handler(body) });
    } catch (error) {
      send(describeFailure(id, error));
    }
  };

  return {
    receive(message) {
      const parsed = envelope.safeParse(message);
      if (!parsed.success) return onViolation(violation("A message", parsed.error));
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
        case "failure": {
          const { hint } = data;
          pending.reject(data.id, new BlackskyError(data.code, data.message, hint === undefined ? {} : { hint }));
          break;
        }
      }
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
  };
};
