import { createServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { failure } from "../failure.ts";

/** WhatsApp's own path; any other is served as well, since a client refused at the upgrade hangs for ever. */
const PATH = "/ws/chat";

/** What a client gets that asks for a websocket: an HTTP status instead, or no answer at all. */
export type UpgradeAnswer = number | "silence";

/** The websocket port. It can go away for a while and come back under the same number. */
export class WireListener {
  readonly #host: string;
  readonly #onSocket: (socket: WebSocket) => void;
  readonly #upgradeAnswer: () => UpgradeAnswer | undefined;
  #port: number;
  #close: (() => Promise<void>) | undefined;

  /** `upgradeAnswer` is asked for each client; undefined lets it in. */
  constructor(options: {
    host: string;
    port: number;
    onSocket: (socket: WebSocket) => void;
    upgradeAnswer: () => UpgradeAnswer | undefined;
  }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#onSocket = options.onSocket;
    this.#upgradeAnswer = options.upgradeAnswer;
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
    const cutAll = this.#answerUpgrades(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => {
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
      cutAll();
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

  /** Lets clients in, or answers them as it was told to. Returns a function that cuts everybody who came here. */
  #answerUpgrades(server: Server): () => void {
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    const waiting = new Set<Duplex>();
    server.on("upgrade", (request: IncomingMessage, tcp: Duplex, head: Buffer) => {
      const answer = this.#upgradeAnswer();
      if (answer === undefined) sockets.handleUpgrade(request, tcp, head, this.#onSocket);
      else if (answer === "silence") {
        waiting.add(tcp);
        // A client that loses its patience, or resets the connection, is no failure of the server.
        tcp.on("error", () => undefined).on("close", () => waiting.delete(tcp));
        tcp.resume();
      } else {
        const reason = STATUS_CODES[answer] ?? "Refused";
        tcp.on("error", () => undefined);
        tcp.end(`HTTP/1.1 ${answer} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      }
    });
    return () => {
      for (const socket of sockets.clients) socket.terminate();
      for (const tcp of waiting) tcp.destroy();
    };
  }
}
