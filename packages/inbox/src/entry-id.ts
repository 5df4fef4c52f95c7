import { createHash } from "node:crypto";

/** What names a message: where it was written, by whom where that is not the same, and the id its author gave it. */
export interface MessageName {
  /** Without the device. */
  readonly chat: string;
  /** The member of a group, without the device; absent in a private chat. */
  readonly participant: string | undefined;
  readonly id: string;
}

const ID_BYTES = 15;
const FINGERPRINT_BYTES = 12;

/** The entry's id. A digest, so that keys and logs name nobody. */
export const entryId = ({ chat, participant, id }: MessageName): string =>
  createHash("sha256")
    .update(`${chat}\0${participant ?? ""}\0${id}`)
    .digest()
    .toString("base64url", 0, ID_BYTES);

/** What a ciphertext is known by when it comes again. */
export const fingerprintOf = (ciphertext: Uint8Array): string =>
  createHash("sha256").update(ciphertext).digest().toString("base64url", 0, FINGERPRINT_BYTES);
