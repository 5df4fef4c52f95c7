import type { Port } from "./port.ts";

/** Two ports that are each other's other end, within one process: messages are cloned and arrive in a later microtask, as between processes. */
export interface LinkedPorts {
  readonly parent: Port;
  readonly child: Port;
  /** Cuts the link, as the death of either process would. */
  disconnect(): void;
}

/** Makes a fresh pair. */
export const linkPorts = (): LinkedPorts => {
  const ends = [createEnd(), createEnd()] as const;
  let connected = true;
  const port = (own: End, other: End): Port => ({
    send(message) {
      if (!connected) return;
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => {
        if (!connected) return;
        for (const listener of other.messageListeners) listener(copy);
      });
    },
    onMessage: (listener) => void own.messageListeners.push(listener),
    onClose(listener) {
      if (connected) own.closeListeners.push(listener);
      else listener();
    },
  });
  return {
    parent: port(ends[0], ends[1]),
    child: port(ends[1], ends[0]),
    disconnect() {
      if (!connected) return;
      connected = false;
      for (const end of ends) for (const listener of end.closeListeners) listener();
    },
  };
};

interface End {
  readonly messageListeners: ((message: unknown) => void)[];
  readonly closeListeners: (() => void)[];
}

const createEnd = (): End => ({ messageListeners: [], closeListeners: [] });
