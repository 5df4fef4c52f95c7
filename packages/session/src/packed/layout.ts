/*
 * Packed JSON: what `JSON.stringify` with Baileys' replacer writes, at about half the size. Nearly all of a session is
 * base64 of random bytes between a few dozen names that are always the same: bytes are written as bytes, names as one.
 *
 *   value  = tag, then what the tag says
 *   length = number of bytes or entries, seven bits a byte, the lowest first, the high bit set on all but the last
 *   object = per entry a name and a value, then END; a name is its number in NAMES, or UNKNOWN_NAME and a text
 */

/** First byte of a value. Another one may be added; none is ever given another meaning. */
export const TAG = {
  null: 0,
  false: 1,
  true: 2,
  /** Eight bytes, IEEE 754, little-endian. */
  float: 3,
  /** A length: whole numbers that are not negative. */
  integer: 4,
  /** A length: what is to be subtracted from zero. */
  negative: 5,
  /** Length and ASCII. */
  ascii: 6,
  /** A text that is base64 in its one canonical form: length and the bytes that it stands for. */
  base64: 7,
  /** Any other text: length and its JSON in UTF-8, which has a form for lone surrogates. */
  text: 8,
  /** A Buffer: length and bytes. */
  bytes: 9,
  array: 10,
  object: 11,
} as const;

/** In the place of a name's number. */
export const END = 0;
export const UNKNOWN_NAME = 255;

/** Names by their numbers, which begin at 1; there is room for 254. To be added to at the end; none is ever removed or moved. */
export const NAMES = [
  ...["_sessions", "version", "registrationId", "currentRatchet", "ephemeralKeyPair", "pubKey", "privKey"],
  ...["lastRemoteEphemeralKey", "previousCounter", "rootKey", "indexInfo", "baseKey", "baseKeyType", "closed", "used"],
  ...["created", "remoteIdentityKey", "_chains", "chainKey", "counter", "key", "chainType", "messageKeys"],
  ...["pendingPreKey", "signedKeyId", "preKeyId", "public", "private", "type", "data"],
  ...["senderKeyId", "senderChainKey", "iteration", "seed", "senderSigningKey", "senderMessageKeys"],
] as const;
