import { startProxy, type Proxy } from "./proxy.ts";

/** A way to PostgreSQL that can be cut, or that leads nowhere. */
export interface DatabaseProxy extends Omit<Proxy, "answer"> {
  /** Breaks every connection and answers each new one with an error of PostgreSQL's. */
  refuse(sqlstate: string): void;
}

/** PostgreSQL's `ErrorResponse` to somebody who wants to connect. */
const errorResponse = (code: string): Buffer => {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mrefused for a test\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
};

/** Opens a way to the PostgreSQL on `port` of this machine. */
export const startDatabaseProxy = async (port: number): Promise<DatabaseProxy> => {
  const { answer, ...proxy } = await startProxy(port);
  return { ...proxy, refuse: (sqlstate) => answer(errorResponse(sqlstate)) };
};
