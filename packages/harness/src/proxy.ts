import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a port of this machine that can be cut, or that leads nowhere. */
export interface Proxy {
  /** The same address, by this way. */
  urlOf(url: string): string;
  /** Breaks every connection and takes no new one. */
  cut(): void;
  /** Takes every connection and everything that is said, and passes none of it on. */
  hang(): void;
  /** Breaks every connection and gives each new one this answer. */
  answer(bytes: Buffer): void;
  /** Leads there again. What was said meanwhile arrives now, as late as on a network that comes back. */
  mend(): void;
  close(): Promise<void>;
}

type Way = { readonly leads: "there" | "nowhere" | "into silence" } | { readonly leads: "to an answer"; bytes: Buffer };

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
export const startProxy = async (port: number): Promise<Proxy> => {
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
    if (way.leads === "nowhere") inner.destroy();
    else if (way.leads === "to an answer") {
      const { bytes } = way;
      inner.once("data", () => inner.end(bytes));
    } else lead(inner);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = (server.address() as AddressInfo).port;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    urlOf(target) {
      const url = new URL(target);
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
    answer(bytes) {
      way = { leads: "to an answer", bytes };
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
