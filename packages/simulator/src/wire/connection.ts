import { decodeBinaryNode, encodeBinaryNode, proto } from "@whiskeysockets/baileys";
import { WebSocket } from "ws";
import { after } from "../clock.ts";
import type { ServerIdentity } from "./certificate.ts";
import { encodeFrame, FrameReader } from "./frames.ts";
import { NoiseResponder } from "./noise.ts";
import type { NoiseTransport } from "./noise.ts";
import { Path } from "./path.ts";
import type { Latency } from "./path.ts";
import type { Stanza } from "./stanza.ts";

/** What happens on one client connection, in order. */
export interface ConnectionListener {
  /** The handshake is over: who the client says it is, and the Noise key it proved. */
  onHello(connection: Connection, payload: proto.ClientPayload, clientStatic: Buffer): Promise<void> | void;
  onStanza(connection: Connection, stanza: Stanza): Promise<void> | void;
  /** Also called for a connection that never said hello. `error` is set when the client broke the protocol. */
  onClosed(connection: Connection, error: unknown): void;
}

/** What all connections of a server have in common. */
export interface ConnectionSettings {
  readonly identity: ServerIdentity;
  readonly listener: ConnectionListener;
  /** Asked for each frame. */
  readonly latency: () => Latency;
}

/** How long a stalled connection may take to show that its client has left. */
const HANG_UP_MS = 100;

/**
 * One websocket of one client: handshake, then stanzas. Inbound stanzas are handled strictly one after the other, and
 * outbound ones are sealed in the moment they are written, so order is the same at both ends.
 */
export class Connection {
  readonly id: number;
  readonly #socket: WebSocket;
  readonly #listener: ConnectionListener;
  readonly #identity: ServerIdentity;
  readonly #reader = new FrameReader();
  readonly #outward: Path;
  readonly #inward: Path;
  #responder: NoiseResponder | undefined;
  #transport: NoiseTransport | undefined;
  #inbound: Promise<void> = Promise.resolve();
  #error: unknown;
  #stalled = false;
  #terminated = false;

  constructor(id: number, socket: WebSocket, { identity, listener, latency }: ConnectionSettings) {
    this.id = id;
    this.#socket = socket;
    this.#identity = identity;
    this.#listener = listener;
    this.#outward = new Path(latency);
    this.#inward = new Path(latency);
    socket.on("message", (received: Buffer) => {
      this.#inward.pass(() => {
        this.#inbound = this.#inbound.then(() => this.#receive(received)).catch((error: unknown) => this.#abort(error));
      });
    });
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => {
      this.#outward.clear();
      const closed = (): void => {
        listener.onClosed(this, this.#error);
      };
      // What the client wrote before it left still arrives before the news of its leaving, unless the line was cut.
      if (!this.#stalled && !this.#terminated) this.#inward.pass(closed);
      else {
        this.#inward.clear();
        closed();
      }
    });
  }

  /** False from the moment either side began to close. */
  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** True while nothing gets through in either direction. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Writes one stanza; false when the connection cannot take it any more. */
  send(node: Stanza): boolean {
    const transport = this.#transport;
    if (!this.open || transport === undefined) return false;
    const written = encodeBinaryNode(node);
    this.#outward.pass(() => {
      this.#socket.send(encodeFrame(transport.seal(written)));
    });
    return true;
  }

  /** Ends politely: what was written before is still delivered. */
  close(): void {
    this.#outward.pass(() => {
      this.#socket.close();
    });
  }

  /** Cuts the TCP connection without a word, as a lost network does. */
  terminate(): void {
    this.#terminated = true;
    this.#socket.terminate();
  }

  /** Stands still: TCP stays open, and nothing is read or written any more, not even the client's wish to close. */
  stall(): void {
    this.#stalled = true;
    this.#socket.pause();
    this.#outward.stall();
    this.#inward.stall();
  }

  /** Goes on where it stood still; nothing is lost. */
  release(): void {
    this.#stalled = false;
    this.#socket.resume();
    this.#outward.release();
    this.#inward.release();
  }

  /**
   * Looks whether the client of a stalled connection has left meanwhile, which a connection that reads nothing cannot
   * see. Resolves when that is known; what is read for it is lost.
   */
  async hangUp(): Promise<void> {
    this.#inward.clear();
    await new Promise<void>((resolve) => {
      const cancel = after(HANG_UP_MS, resolve);
      this.#socket.once("close", () => {
        cancel();
        resolve();
      });
      this.#socket.resume();
    });
  }

  async #receive(received: Buffer): Promise<void> {
    for (const frame of this.#reader.push(received)) {
      if (this.#transport === undefined) await this.#shake(frame);
      else await this.#listener.onStanza(this, await decodeBinaryNode(this.#transport.open(frame)));
    }
  }

  async #shake(frame: Buffer): Promise<void> {
    if (this.#responder === undefined) {
      this.#responder = new NoiseResponder(this.#identity, this.#reader.prologue?.header ?? Buffer.alloc(0));
      const answer = encodeFrame(this.#responder.answerHello(frame));
      this.#outward.pass(() => {
        this.#socket.send(answer);
      });
      return;
    }
    this.#transport = this.#responder.finish(frame);
    const payload = proto.ClientPayload.decode(this.#transport.payload);
    await this.#listener.onHello(this, payload, this.#transport.clientStatic);
  }

  /** A connection whose stream cannot be understood is of no further use. */
  #abort(error: unknown): void {
    this.#error ??= error;
    this.#socket.terminate();
  }
}
