import { failure } from "../failure.ts";

const WA_HEADER = Buffer.from([0x57, 0x41, 0x06, 0x03]);
const ROUTING_HEADER = Buffer.from([0x45, 0x44, 0x00, 0x01]);
const LENGTH_BYTES = 3;

/** What the client wrote before its first frame. `header` is the part that enters the Noise transcript. */
export interface Prologue {
  header: Buffer;
  routing: Buffer | undefined;
}

/** Prefixes a body with its 3-byte big-endian length. */
export const encodeFrame = (body: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUIntBE(body.length, 0, LENGTH_BYTES);
  frame.set(body, LENGTH_BYTES);
  return frame;
};

/**
 * Cuts the client's byte stream into its prologue and frames. A websocket message may hold several frames or a part of
 * one, so bytes are kept until a frame is whole.
 */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  #prologue: Prologue | undefined;

  /** Undefined until the client has sent it completely. */
  get prologue(): Prologue | undefined {
    return this.#prologue;
  }

  /** Takes bytes as they come and returns the frames they completed. Throws `simulator.protocol` on a wrong prologue. */
  push(received: Uint8Array): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, received]);
    if (this.#prologue === undefined && !this.#readPrologue()) return [];
    const frames: Buffer[] = [];
    for (let frame = this.#cut(0); frame !== undefined; frame = this.#cut(0)) frames.push(frame);
    return frames;
  }

  #readPrologue(): boolean {
    if (this.#pending.length < WA_HEADER.length) return false;
    let routing: Buffer | undefined;
    if (this.#pending.subarray(0, ROUTING_HEADER.length).equals(ROUTING_HEADER)) {
      routing = this.#cut(ROUTING_HEADER.length);
      if (routing === undefined) return false;
    }
    if (this.#pending.length < WA_HEADER.length) {
      // The routing part came alone: put it back and wait for the rest.
      if (routing !== undefined) {
        this.#pending = Buffer.concat([ROUTING_HEADER, encodeFrame(routing), this.#pending]);
      }
      return false;
    }
    const header = this.#pending.subarray(0, WA_HEADER.length);
    if (!header.equals(WA_HEADER)) {
      throw failure(
        "simulator.protocol",
        `The client opened with ${header.toString("hex")} instead of the WhatsApp Web header.`,
        "Connect a WhatsApp Web client of dictionary version 3, such as Baileys 7.",
      );
    }
    this.#pending = this.#pending.subarray(WA_HEADER.length);
    this.#prologue = { header: Buffer.from(header), routing };
    return true;
  }

  #cut(offset: number): Buffer | undefined {
    const start = offset + LENGTH_BYTES;
    if (this.#pending.length < start) return undefined;
    const end = start + this.#pending.readUIntBE(offset, LENGTH_BYTES);
    if (this.#pending.length < end) return undefined;
    const body = Buffer.from(this.#pending.subarray(start, end));
    this.#pending = this.#pending.subarray(end);
    return body;
  }
}
