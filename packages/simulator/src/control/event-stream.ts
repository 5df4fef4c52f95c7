import type { ServerResponse } from "node:http";
import { clearInterval, setInterval } from "node:timers";
import type { FastifyInstance } from "fastify";
import type { Controlled } from "./views.ts";

/** A stream that stays silent for longer is cut by proxies. */
const HEARTBEAT_MS = 20_000;

/** Serves `GET /events`: each event as server-sent event under its type. Returns a function that ends all streams. */
export const streamEvents = (server: FastifyInstance, simulator: Controlled): (() => void) => {
  const streams = new Set<ServerResponse>();
  server.get("/events", (request, reply) => {
    reply.hijack();
    const stream = reply.raw;
    stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    stream.write(": connected\n\n");
    streams.add(stream);
    const stopListening = simulator.onAny((event) => {
      stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    });
    const heartbeat = setInterval(() => {
      stream.write(": heartbeat\n\n");
    }, HEARTBEAT_MS);
    request.raw.on("close", () => {
      clearInterval(heartbeat);
      stopListening();
      streams.delete(stream);
    });
  });
  return () => {
    for (const stream of streams) stream.end();
  };
};
