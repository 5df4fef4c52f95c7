import { hash } from "node:crypto";

/**
 * The id of a message of ours, made from what it answers: answering the same message twice, as after a crash, gives the
 * same id, and recipients show one id once. `3EB0` and 18 hexadecimal digits is the form of WhatsApp Web's own ids.
 *
 * @param seed names the cause, such as chat, sender, id and which answer it is
 */
export const messageIdFrom = (seed: readonly string[]): string =>
  `3EB0${hash("sha256", JSON.stringify(seed), "hex").slice(0, 18).toUpperCase()}`;
