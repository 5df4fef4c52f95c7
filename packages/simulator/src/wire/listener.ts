import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { failure } from "../failure.ts";

/** WhatsApp's own path; any other is served as well, since a client refused at the upgrade hangs for ever. */
const PATH = "/ws/chat";

/** The websocket port. It can go away for a while and come back under the same number. */
export class WireListener {
  readonly #host: string;
  readonly #onSocket: (socket: WebSocket) => void;
  #port: number;
  #close: (() => Promise<void>) | undefined;

  constructor(options: { host: string; port: number; onSocket: (socket: WebSocket) => void }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#onSocket = options.onSocket;
  }

  /** What a client sets as its websocket URL; complete once `listen` has resolved. */
  get url(): string {
    return `ws://${this.#host}:${this.#port}${PATH}`;
  }

  /** Opens the port. Rejects with `simulator.bad-input` when it is taken. */
  async listen(): Promise<void> {
    const server = createServer((_request, response) => {
      response.writeHead(426, { "content-type": "text/plain" }).end("This port speaks WhatsApp Web over websockets.\n");
    });
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on("connection", this.#onSocket);
    await new Promise<void>((resolve, reject) => {
      sockets.once("error", (error) => {
        reject(
          failure(
            "simulator.bad-input",
            `The simulator cannot listen on ${this.#host}:${this.#port}.`,
            "Choose another port, or 0 for any free one.",
            error,
          ),
        );
      });
      server.listen(this.#port, this.#host, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#close = async () => {
      sockets.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    };
  }

  /** Closes the port and cuts every connection; new ones are refused by the operating system. */
  async close(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }
}
