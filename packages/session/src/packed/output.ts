const FIRST_BYTES = 16 * 1024;

/** Most that a value takes besides texts and bytes: a tag, and a number or a length. */
export const HEAD_BYTES = 16;

/** Where packing writes: `bytes` up to `at`. */
export interface Output {
  bytes: Buffer;
  at: number;
}

/** One for all: packing never waits, and a buffer of its own for every message would be most of its cost. */
export const output: Output = { bytes: Buffer.allocUnsafeSlow(FIRST_BYTES), at: 0 };

/** Makes room for so many more bytes. */
export const reserve = (bytes: number): void => {
  const { at } = output;
  if (at + bytes <= output.bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * output.bytes.length, at + bytes));
  output.bytes.copy(larger, 0, 0, at);
  output.bytes = larger;
};

/** Writes one byte; as the next one, where there is room. */
export const putByte = (byte: number): void => {
  output.bytes[output.at] = byte;
  output.at += 1;
};

/** Writes a whole number that is not negative, as the layout says; where there is room. */
export const putLength = (length: number): void => {
  let rest = length;
  while (rest > 0x7f) {
    // Not `>>`: these are also numbers beyond 32 bits.
    putByte((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  putByte(rest);
};
