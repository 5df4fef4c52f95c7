import { startProxy, type Proxy } from "./proxy.ts";

/** A way to WhatsApp's websocket that can be cut, or that leads nowhere while it looks open. */
export type WireProxy = Omit<Proxy, "answer">;

/** Opens a way to the server at this address of this machine. */
export const startWireProxy = (serverUrl: string): Promise<WireProxy> => startProxy(Number(new URL(serverUrl).port));
