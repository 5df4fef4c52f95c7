import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One call that a receiver has got. */
export interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly reply: ServerResponse;
}

/** Somebody who takes alerts, on this machine. */
export interface TestReceiver {
  /** `http://…` with a part that nobody may log. */
  readonly url: string;
  readonly calls: readonly Call[];
  /** Until so many calls have come; Jest's own limit is the deadline. */
  received(count: number): Promise<void>;
  close(): void;
}

export const SECRET_PATH = "/hooks/secret-part-of-the-address";

/** Says yes. */
export const accept = ({ reply }: Call): void => void reply.writeHead(204).end();

/** @param answer does what it likes with each call; calls are counted before it is asked */
export const startReceiver = async (answer: (call: Call, count: number) => void = accept): Promise<TestReceiver> => {
  const calls: Call[] = [];
  let wake = (): void => undefined;
  const read = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
    const call = { path: request.url ?? "", headers: request.headers, text, reply };
    calls.push(call);
    answer(call, calls.length);
    wake();
  };
  const server = createServer((request, reply) => void read(request, reply));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}${SECRET_PATH}`,
    calls,
    async received(count) {
      while (calls.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
};
