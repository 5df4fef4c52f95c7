import type { BinaryNode } from "@whiskeysockets/baileys";

/** Receipts that say that a message is with its recipient; the one without a type is the plain one. */
const ARRIVED: ReadonlySet<string | undefined> = new Set([undefined, "inactive", "read", "played"]);

const childrenOf = ({ content }: BinaryNode): readonly BinaryNode[] => (Array.isArray(content) ? content : []);

/**
 * The messages of ours that a receipt says have arrived; none for receipts that say something else, such as that a message
 * could not be read, or that another device of our own has it. Baileys' events do not tell of all: one that comes soon is
 * merged into the message itself.
 */
export const arrivedIds = (receipt: BinaryNode): string[] => {
  const { id, type, recipient } = receipt.attrs;
  if (!ARRIVED.has(type) || recipient !== undefined) return [];
  const items = childrenOf(receipt).flatMap((list) => childrenOf(list));
  return [id, ...items.map(({ attrs }) => attrs["id"])].filter((one) => one !== undefined);
};
