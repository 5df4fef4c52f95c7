import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to PostgreSQL that can be cut, or that leads nowhere. */
export interface DatabaseProxy {
  /** The same database, by this way. */
  urlOf(databaseUrl: string): string;
  /** Breaks every connection and takes no new one. */
  cut(): void;
  /** Takes every connection and everything that is said, and passes none of it on. */
  hang(): void;
  /** Breaks every connection and answers each new one with an error of PostgreSQL's. */
  refuse(sqlstate: string): void;
  /** Leads to PostgreSQL again. What was said meanwhile arrives now, as late as on a network that comes back. */
  mend(): void;
  close(): Promise<void>;
}

type Way = { readonly leads: "there" | "nowhere" | "into silence" } | { readonly leads: "to a refusal"; code: string };

/** PostgreSQL's `ErrorResponse` to somebody who wants to connect. */
const errorResponse = (code: string): Buffer => {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mrefused for a test\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
};

/** Passes bytes on while the way is good, and keeps them while it is silent. */
const join = (from: Socket, to: Socket, isSilent: () => boolean): (() => void) => {
  let kept: Buffer[] = [];
  let hasEnded = false;
  const passOn = (): void => {
    if (isSilent()) return;
    for (const bytes of kept) to.write(bytes);
    kept = [];
    if (hasEnded) to.end();
  };
  from.on("data", (bytes: Buffer) => {
    kept.push(bytes);
    passOn();
  });
  from.on("close", () => {
    hasEnded = true;
    passOn();
  });
  return passOn;
};

/** Opens a way to `port` on this machine. */
export const startDatabaseProxy = async (port: number): Promise<DatabaseProxy> => {
  const sockets = new Set<Socket>();
  const passOn = new Set<() => void>();
  let way: Way = { leads: "there" };
  const isSilent = (): boolean => way.leads === "into silence";
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };
  const lead = (inner: Socket): void => {
    const outer = connect(port, "127.0.0.1");
    keep(outer);
    const flows = [join(inner, outer, isSilent), join(outer, inner, isSilent)];
    for (const flow of flows) passOn.add(flow);
    outer.on("close", () => {
      for (const flow of flows) passOn.delete(flow);
    });
  };
  const server = createServer((inner) => {
    keep(inner);
    const { leads } = way;
    if (leads === "nowhere") inner.destroy();
    else if (way.leads === "to a refusal") {
      const answer = errorResponse(way.code);
      inner.once("data", () => inner.end(answer));
    } else lead(inner);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = (server.address() as AddressInfo).port;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    urlOf(databaseUrl) {
      const url = new URL(databaseUrl);
      url.host = `127.0.0.1:${own}`;
      return url.href;
    },
    cut() {
      way = { leads: "nowhere" };
      breakAll();
    },
    hang() {
      way = { leads: "into silence" };
    },
    refuse(code) {
      way = { leads: "to a refusal", code };
      breakAll();
    },
    mend() {
      way = { leads: "there" };
      for (const flow of passOn) flow();
    },
    async close() {
      server.close();
      breakAll();
      await once(server, "close");
    },
  };
};
