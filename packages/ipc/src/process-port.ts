import type { Port } from "./port.ts";

/** The part of `process` (in a child) and of a `ChildProcess` (in its parent) that a port needs. */
export interface IpcEndpoint {
  readonly connected: boolean;
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  once(event: "disconnect", listener: () => void): unknown;
}

/** A port over Node's IPC pipe. The processes must be started with `serialization: "advanced"`. */
export const createProcessPort = (endpoint: IpcEndpoint): Port => {
  const closeListeners: (() => void)[] = [];
  let closed = !endpoint.connected;
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const listener of closeListeners) listener();
  };
  endpoint.once("disconnect", close);
  return {
    send(message) {
      // Without the callback a broken pipe would surface as an `error` event on the process itself. The close comes
      // by itself, as `disconnect`; a single failed write must not pretend it came.
      if (!closed && endpoint.connected) endpoint.send?.(message, () => undefined);
    },
    onMessage: (listener) => void endpoint.on("message", listener),
    onClose(listener) {
      if (closed) listener();
      else closeListeners.push(listener);
    },
  };
};
