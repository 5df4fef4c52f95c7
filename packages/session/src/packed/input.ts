/** These bytes are not packed JSON. Says nothing of what is in them. */
export class Unpackable extends Error {}

/** Reads bytes from the first to the last; whatever is missing raises `Unpackable`. */
export class Input {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next so many bytes are taken; answers where they begin. */
  #take(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new Unpackable("it ends too early");
    return from;
  }

  byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  float(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  length(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new Unpackable("a number is too large");
      if (next < 0x80) return value;
    }
  }

  /** Bytes behind their length, as text. */
  text(encoding: "latin1" | "base64" | "utf8"): string {
    const from = this.#take(this.length());
    return this.#bytes.toString(encoding, from, this.#at);
  }

  /** Bytes behind their length: a copy, since those here belong to the store. */
  bytes(): Buffer {
    const from = this.#take(this.length());
    return Buffer.from(this.#bytes.subarray(from, this.#at));
  }
}
