import type { BinaryNode } from "@whiskeysockets/baileys";

/** One stanza or one of its parts: `<tag attrs>content</tag>` in WhatsApp's binary XML. */
export type Stanza = BinaryNode;

/** The server's own address, as clients compare it. */
export const SERVER = "@s.whatsapp.net";

/** Builds a stanza, leaving out attributes that are undefined (the codec would write them as empty strings). */
export const stanza = (
  tag: string,
  attributes: Record<string, string | undefined> = {},
  content?: Stanza["content"],
): Stanza => {
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) attrs[name] = value;
  }
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
};

/** All children of a stanza; none when its content is text or bytes. */
export const children = (node: Stanza | undefined): Stanza[] => (Array.isArray(node?.content) ? node.content : []);

/** The children with this tag. */
export const childrenNamed = (node: Stanza | undefined, tag: string): Stanza[] =>
  children(node).filter((child) => child.tag === tag);

/** The first child with this tag. */
export const child = (node: Stanza | undefined, tag: string): Stanza | undefined =>
  children(node).find((candidate) => candidate.tag === tag);

/** The content of a stanza as bytes; empty when it has none. The codec yields text for short ASCII content. */
export const bytes = (node: Stanza | undefined): Buffer => {
  const content = node?.content;
  if (typeof content === "string") return Buffer.from(content, "utf8");
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.alloc(0);
};

/** The content of a child as bytes; empty when the child is absent. */
export const childBytes = (node: Stanza | undefined, tag: string): Buffer => bytes(child(node, tag));

/** Big-endian unsigned integer, as ids and registration ids travel (2 to 4 bytes). */
export const unsigned = (value: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
};

/** Reads a big-endian unsigned integer of any length up to 6 bytes; 0 for empty input. */
export const readUnsigned = (buffer: Buffer): number =>
  buffer.length === 0 ? 0 : buffer.readUIntBE(0, Math.min(buffer.length, 6));
