import { SERVER, stanza } from "../wire/stanza.ts";
import type { Stanza } from "../wire/stanza.ts";
import type { LinkedDevice } from "../world/linked-device.ts";
import type { World } from "../world/world.ts";

/** A client's `<iq>` with what is needed to answer it. */
export interface Query {
  world: World;
  device: LinkedDevice;
  node: Stanza;
  /** The first child, which says what is asked; undefined when there is none. */
  subject: Stanza | undefined;
}

/** The answer to a query: a result's content, or an error. `afterwards` runs when it has been written. */
export type Answer =
  | { status: "result"; content: Stanza[]; afterwards?: () => Promise<void> | void }
  | { status: "error"; code: number; text: string };

/** Answers the queries of one namespace; undefined for those it does not know. */
export type QueryHandler = (query: Query) => Answer | Promise<Answer> | undefined;

export const result = (...content: Stanza[]): Answer => ({ status: "result", content });

export const refusal = (code: number, text: string): Answer => ({ status: "error", code, text });

/** The `<iq>` to write for an answer; the client recognises it by the id of its query. */
export const answerStanza = (query: Stanza, answer: Answer): Stanza => {
  const { id, to = SERVER } = query.attrs;
  if (answer.status === "result") return stanza("iq", { from: to, type: "result", id }, answer.content);
  const { code, text } = answer;
  return stanza("iq", { from: to, type: "error", id }, [stanza("error", { code: code.toString(), text })]);
};
