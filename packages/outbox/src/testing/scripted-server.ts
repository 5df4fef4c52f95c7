import type { Carrier } from "../carrier.ts";

/** One message on the wire that the server has not answered. */
export interface OnWire {
  readonly id: string;
  readonly chat: string;
  readonly text: string;
  /** Whether the server has got it. */
  arrived: boolean;
}

/** What the server, and the people behind it, do with messages. Each may be scripted by the test. */
export interface ScriptedServer {
  /** A connection of a process that lives as long as that is true; the one before it is gone. */
  connect(isAlive?: () => boolean): Carrier;
  /** Messages of the present connection that wait for an answer. */
  readonly waiting: readonly OnWire[];
  /** Lets go what is slow to be prepared. */
  release(): void;
  /** One is answered. */
  answer(message: OnWire): void;
  disconnect(): void;
  /** What people see, by chat: each id once, in the order in which it came first. */
  readonly seen: ReadonlyMap<string, readonly { readonly id: string; readonly text: string }[]>;
  /** How often an id was put on the wire. */
  relays(id: string): number;
  readonly refreshed: string[];
  readonly restrictionsAsked: number;
}

export interface ServerScript {
  /** What becomes of the next message: put on the wire or not, and whether it arrives there. */
  readonly fateOf: (id: string) => "arrives" | "isLost" | "cannotBePrepared" | "cannotBeRelayed" | "hangs" | "isSlow";
  readonly onRelay: (message: OnWire) => void;
}

/** Nobody is connected at first. */
export const createScriptedServer = ({ fateOf, onRelay }: ServerScript): ScriptedServer => {
  const seen = new Map<string, { id: string; text: string }[]>();
  const relayed = new Map<string, number>();
  const refreshed: string[] = [];
  let restrictionsAsked = 0;
  let connection = 0;
  let waiting: OnWire[] = [];
  let slow: (() => void)[] = [];

  const see = ({ id, chat, text }: OnWire): void => {
    const log = seen.get(chat) ?? [];
    seen.set(chat, log);
    if (!log.some((one) => one.id === id)) log.push({ id, text });
  };

  const connect: ScriptedServer["connect"] = (isAlive = () => true) => {
    const mine = (connection += 1);
    waiting = [];
    return {
      async prepare({ id, chat, text }) {
        const fate = fateOf(id);
        await (fate === "isSlow" ? new Promise<void>((resolve) => slow.push(resolve)) : Promise.resolve());
        if (fate === "cannotBePrepared") throw new Error("All encryptions failed");
        return {
          remember: () => Promise.resolve(),
          relay() {
            if (fate === "hangs" || !isAlive()) return new Promise<void>(() => undefined);
            if (mine !== connection) return Promise.reject(new Error("Connection Closed"));
            const message = { id, chat, text, arrived: fate === "arrives" || fate === "isSlow" };
            relayed.set(id, (relayed.get(id) ?? 0) + 1);
            onRelay(message);
            if (fate === "cannotBeRelayed") return Promise.reject(new Error("Connection Closed"));
            if (message.arrived) see(message);
            waiting.push(message);
            return Promise.resolve();
          },
        };
      },
      refreshDevices(chat) {
        refreshed.push(chat);
        return Promise.resolve();
      },
      askRestriction() {
        restrictionsAsked += 1;
        return Promise.resolve();
      },
    };
  };

  return {
    connect,
    get waiting() {
      return waiting;
    },
    release() {
      for (const go of slow) go();
      slow = [];
    },
    answer: (message) => void (waiting = waiting.filter((one) => one !== message)),
    disconnect() {
      connection += 1;
      waiting = [];
    },
    seen,
    relays: (id) => relayed.get(id) ?? 0,
    refreshed,
    get restrictionsAsked() {
      return restrictionsAsked;
    },
  };
};
