import { once } from "node:events";
import { createServer } from "node:net";

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, "0.0.0.0");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

/** The first free port from `preferred` on: a second checkout must not fail because of the first. */
export const findPort = async (preferred: number): Promise<number> => {
  for (let port = preferred; port < preferred + 100; port++) if (await isFree(port)) return port;
  throw new Error(`No port from ${String(preferred)} to ${String(preferred + 99)} is free. Set PORT to one that is.`);
};
