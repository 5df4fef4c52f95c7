import { decodeBinaryNode, encodeBinaryNode, proto } from "@whiskeysockets/baileys";
import { WebSocket } from "ws";
import type { ServerIdentity } from "./certificate.ts";
import { encodeFrame, FrameReader } from "./frames.ts";
import { NoiseResponder } from "./noise.ts";
import type { NoiseTransport } from "./noise.ts";
import type { Stanza } from "./stanza.ts";

/** What happens on one client connection, in order. */
export interface ConnectionListener {
  /** The handshake is over: who the client says it is, and the Noise key it proved. */
  onHello(connection: Connection, payload: proto.ClientPayload, clientStatic: Buffer): Promise<void> | void;
  onStanza(connection: Connection, stanza: Stanza): Promise<void> | void;
  /** Also called for a connection that never said hello. `error` is set when the client broke the protocol. */
  onClosed(connection: Connection, error: unknown): void;
}

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
  #responder: NoiseResponder | undefined;
  #transport: NoiseTransport | undefined;
  #inbound: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(id: number, socket: WebSocket, identity: ServerIdentity, listener: ConnectionListener) {
    this.id = id;
    this.#socket = socket;
    this.#identity = identity;
    this.#listener = listener;
    socket.on("message", (received: Buffer) => {
      this.#inbound = this.#inbound.then(() => this.#receive(received)).catch((error: unknown) => this.#abort(error));
    });
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => {
      listener.onClosed(this, this.#error);
    });
  }

  /** False from the moment either side began to close. */
  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Writes one stanza; false when the connection cannot take it any more. */
  send(node: Stanza): boolean {
    if (!this.open || this.#transport === undefined) return false;
    this.#socket.send(encodeFrame(this.#transport.seal(encodeBinaryNode(node))));
    return true;
  }

  /** Ends politely: what was written before is still delivered. */
  close(): void {
    this.#socket.close();
  }

  /** Cuts the TCP connection without a word, as a lost network does. */
  terminate(): void {
    this.#socket.terminate();
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
      this.#socket.send(encodeFrame(this.#responder.answerHello(frame)));
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
