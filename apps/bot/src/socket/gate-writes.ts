import { BlackskyError } from "@blacksky/errors";
import type { Life } from "@blacksky/machine";
import type { WASocket } from "@whiskeysockets/baileys";

/** Says whether a byte may leave; `SocketPermit` of the connection's folder. */
export interface WritePermit {
  look(): Life;
  whenClear(work: () => void): void;
}

/** The part of a `ws` socket that is needed here. */
interface RawSocket {
  send(...args: unknown[]): void;
  ping(...args: unknown[]): void;
  pong(...args: unknown[]): void;
  terminate(): void;
}

/** What leaves no trace on the wire, for want of a lease. */
export const noLeaseError = (): BlackskyError =>
  new BlackskyError("connection.noLease", "Nothing is sent: the lease on the session is not ours now.");

/** Baileys hides the websocket in a protected field and offers no other way to it. */
export const rawSocketOf = (socket: WASocket): RawSocket | undefined => {
  const raw: unknown = Reflect.get(socket.ws, "socket");
  if (typeof raw !== "object" || raw === null || !("terminate" in raw)) return undefined;
  return raw as RawSocket;
};

const refuse = (args: readonly unknown[]): void => {
  const done = args.findLast((each) => typeof each === "function");
  (done as ((error: Error) => void) | undefined)?.(noLeaseError());
};

/**
 * Puts the lease in the way of every frame of a socket, also of those that Baileys and `ws` send by themselves. In doubt
 * they wait, in order: a stream that lacks one cannot be read.
 */
export const gateWrites = (socket: WASocket, permit: WritePermit): void => {
  const raw = rawSocketOf(socket);
  if (raw === undefined)
    throw new BlackskyError("connection.unguarded", "Baileys made a socket that cannot be guarded.");
  for (const name of ["send", "ping", "pong"] as const) {
    const write = raw[name].bind(raw);
    raw[name] = (...args) => {
      const life = permit.look();
      if (life === "running") write(...args);
      else if (life === "doubtful") permit.whenClear(() => write(...args));
      else refuse(args);
    };
  }
};
