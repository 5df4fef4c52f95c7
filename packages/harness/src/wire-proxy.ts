import { startProxy, type Proxy } from "./proxy.ts";

/** A way to WhatsApp's websocket that can be cut, or that leads nowhere while it looks open. */
export interface WireProxy extends Omit<Proxy, "answer"> {
  /** Breaks every connection and answers each upgrade with this HTTP status. */
  refuse(status: number): void;
}

const httpResponse = (status: number): Buffer =>
  Buffer.from(`HTTP/1.1 ${String(status)} refused for a test\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);

/** Opens a way to the server at this address of this machine. */
export const startWireProxy = async (serverUrl: string): Promise<WireProxy> => {
  const { answer, ...proxy } = await startProxy(Number(new URL(serverUrl).port));
  return { ...proxy, refuse: (status) => answer(httpResponse(status)) };
};
