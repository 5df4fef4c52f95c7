import type * as z from "zod";

/** Which way a message goes. `peer` messages go from one child to another; the parent passes them on. */
export type Direction = "parentToChild" | "childToParent" | "peer";

/** A fact, told without waiting for an answer. */
export interface EventDefinition<Type extends string = string, Body extends z.ZodType = z.ZodType> {
  readonly kind: "event";
  readonly type: Type;
  readonly direction: Direction;
  readonly body: Body;
}

/** A question or an order; there is always a reply or a failure. */
export interface RequestDefinition<
  Type extends string = string,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly kind: "request";
  readonly type: Type;
  readonly direction: Direction;
  readonly body: Body;
  readonly reply: Reply;
}

export type Definition = EventDefinition | RequestDefinition;

/** Declares an event; `type` is `subject.factPast`. */
export const defineEvent = <Type extends string, Body extends z.ZodType>(
  type: Type,
  direction: Direction,
  body: Body,
): EventDefinition<Type, Body> => ({ kind: "event", type, direction, body });

/** Declares a request; `type` is `subject.verb`. */
export const defineRequest = <Type extends string, Body extends z.ZodType, Reply extends z.ZodType>(
  type: Type,
  direction: Direction,
  schemas: { body: Body; reply: Reply },
): RequestDefinition<Type, Body, Reply> => ({ kind: "request", type, direction, ...schemas });
