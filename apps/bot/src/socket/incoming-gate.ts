import { BlackskyError } from "@blacksky/errors";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { createIncomingLine, type LineLimits } from "./incoming-line.ts";
import type { ReadingStanza } from "./journal-reads.ts";
import { createWalk, type ReadAhead } from "./walk-line.ts";

/** What the gate needs of Baileys' websocket: its stanzas arrive as events of their names. */
export interface StanzaSource {
  readonly isOpen: boolean;
  listeners(event: string): unknown[];
  removeAllListeners(event: string): unknown;
  on(event: string, listener: (node: BinaryNode) => void): unknown;
}

/** Stands between the server and Baileys: what it keeps out is neither read nor acknowledged, so it comes again. */
export interface IncomingGate {
  /** Whether anything has been let in at all. */
  readonly used: boolean;
  /** Baileys has just told of messages: what is being let in takes up room until this is over. */
  occupy(work: Promise<unknown>): void;
  /** Lets no further message in, and nothing of the backlog; resolves when what is inside is done with. */
  closeToMessages(): Promise<void>;
  /** Lets nothing in any more; resolves when what is inside is done with. */
  close(): Promise<void>;
}

export interface IncomingGateOptions {
  readonly source: StanzaSource;
  /** Surrounds the handling of a message. */
  readonly reading?: ReadingStanza;
  readonly readAhead?: ReadAhead | undefined;
  readonly limits?: LineLimits;
  readonly onFailure: (error: unknown) => void;
}

type Handle = (node: BinaryNode) => Promise<unknown>;

/** What people wrote, and what else waits for an acknowledgement of ours. */
const STANZAS = ["message", "receipt", "notification", "call"] as const;

/** What was let in takes up memory until it is answered, and what is not answered when the process ends is answered late. */
const LIMITS: LineLimits = { perChat: 4, total: 16 };

const takeOver = (source: StanzaSource, event: string): Handle => {
  const listeners = source.listeners(event) as Handle[];
  if (listeners.length === 0) {
    throw new BlackskyError("socket.noListener", `Baileys does not listen to ${event}, so it cannot be held back.`, {
      hint: "Was Baileys changed? Look at socket/incoming-gate.ts.",
    });
  }
  source.removeAllListeners(event);
  return (node) => Promise.all(listeners.map((listen) => listen(node)));
};

/**
 * Has Baileys handle a stanza of the backlog like a live one. It would put it into a queue that tells nobody when it is
 * done with it and that cannot be stopped; only the turn in which it takes the stanza decides that. Later it looks
 * again, to tell the backlog from what is live, so the mark is put back at once.
 */
const handleNow = (handle: Handle, node: BinaryNode): Promise<unknown> => {
  const { offline, ...attrs } = node.attrs;
  const shown: BinaryNode = { ...node, attrs };
  const handled = handle(shown);
  if (offline !== undefined) shown.attrs["offline"] = offline;
  return handled;
};

/**
 * Takes over Baileys' listeners. Messages and the backlog of every kind go in one by one, in the order they came:
 * Baileys reads messages one by one anyway, and so a closed gate leaves one to finish. Live receipts, notifications and
 * calls go straight in, also while messages are held back: what is still being sent depends on them (somebody asks for
 * a message again, a group has a new member), and those left undone come again.
 *
 * A message is done with when its receipt is written and `messages.upsert` has told of it: Baileys' promise says both.
 *
 * @throws BlackskyError `socket.noListener`
 */
export const createIncomingGate = (options: IncomingGateOptions): IncomingGate => {
  const { source, limits = LIMITS, reading = (_node, work) => work(), readAhead, onFailure } = options;
  const line = createIncomingLine(limits, () => void walk());
  const inside = new Set<Promise<unknown>>();
  let stage: "open" | "no messages" | "closed" = "open";
  let chatInside: string | undefined;
  let used = false;

  const letIn = (handle: () => Promise<unknown>): Promise<unknown> => {
    used = true;
    const done = handle()
      .catch(onFailure)
      .finally(() => inside.delete(done));
    inside.add(done);
    return done;
  };

  const walk = createWalk({
    line,
    isOpen: () => stage === "open" && source.isOpen,
    readAhead,
    async letIn({ chat, handle }) {
      chatInside = chat;
      await letIn(handle);
      chatInside = undefined;
    },
  });

  const settled = async (): Promise<void> => {
    while (inside.size > 0) await Promise.allSettled(inside);
  };

  for (const kind of STANZAS) {
    const event = `CB:${kind}`;
    const handle = takeOver(source, event);
    source.on(event, (node) => {
      const { offline, from = "", participant = from } = node.attrs;
      if (kind === "message" || offline !== undefined) {
        // A call tells of itself in the turn in which it is taken, so it has to keep its mark.
        const enter = (): Promise<unknown> => (kind === "call" ? handle(node) : handleNow(handle, node));
        const message = kind === "message" ? node : undefined;
        const read = message === undefined ? enter : () => reading(node, enter);
        line.push({ chat: from, sender: participant, handle: read, message });
        void walk();
      } else if (stage !== "closed") void letIn(() => handle(node));
    });
  }

  return {
    get used() {
      return used;
    },
    occupy(work) {
      if (chatInside !== undefined) line.occupy(chatInside, work);
    },
    closeToMessages() {
      if (stage === "open") stage = "no messages";
      return settled();
    },
    close() {
      stage = "closed";
      return settled();
    },
  };
};
