/** A message as its reader sees it. */
export interface SeenMessage {
  id: string;
  /** Phone JID of the author. */
  from: string;
  /** Phone JID of the other side, or the group's id. */
  chat: string;
  /** The text, the caption, or the emoji of a reaction; empty for what has no words. */
  text: string;
  /** `text`, or the field of WhatsApp's `Message` it came in, such as `imageMessage` or `reactionMessage`. */
  type: string;
  /** Id of the message it quotes or reacts to. */
  quotedId?: string;
  /** When it was seen first, in milliseconds since the epoch. */
  at: number;
  /** How often it arrived; what exceeds 1 a real phone would drop as a duplicate. */
  count: number;
}

/** What one phone has seen, each message once, as real clients show it: by chat, author and id. */
export class SeenLog {
  readonly #messages: SeenMessage[];
  readonly #byKey = new Map<string, SeenMessage>();

  constructor(messages: readonly SeenMessage[]) {
    this.#messages = [...messages];
    for (const message of this.#messages) this.#byKey.set(keyOf(message), message);
  }

  /** Oldest first. */
  get messages(): readonly SeenMessage[] {
    return this.#messages;
  }

  /** Notes an arrival. Returns the message with its new count. */
  add(arrived: Omit<SeenMessage, "count">): SeenMessage {
    const known = this.#byKey.get(keyOf(arrived));
    if (known !== undefined) {
      known.count += 1;
      return known;
    }
    const message = { ...arrived, count: 1 };
    this.#messages.push(message);
    this.#byKey.set(keyOf(message), message);
    return message;
  }
}

const keyOf = ({ chat, from, id }: Pick<SeenMessage, "chat" | "from" | "id">): string => `${chat} ${from} ${id}`;
