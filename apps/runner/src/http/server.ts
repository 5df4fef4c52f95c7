import { BlackskyError, errorCode } from "@blacksky/errors";
import { instance } from "@blacksky/protocol";
import Fastify, { type FastifyInstance } from "fastify";
import { addActions } from "./actions.ts";
import { isAuthorised } from "./authorise.ts";
import { addNotifications } from "./notifications.ts";
import { addPairingPage } from "./pairing-routes.ts";
import { describeHealthMetrics } from "../metrics/describe-metrics.ts";
import { describeRecordSizes } from "../metrics/describe-record-sizes.ts";
import { METRICS_CONTENT_TYPE, renderMetrics } from "../metrics/render-metrics.ts";
import type { HttpSources } from "./sources.ts";

const problem = (code: string, message: string): { error: { code: string; message: string } } => ({
  error: { code, message },
});

const addMonitoring = (server: FastifyInstance, sources: HttpSources): void => {
  server.get("/live", ({ headers }, reply) => {
    const forwarded = headers["x-forwarded-for"] !== undefined || headers.via !== undefined;
    const { LIVE_HEADERS: names } = instance;
    const told = {
      [names.instance]: sources.instance,
      [names.forwarded]: String(forwarded),
      "cache-control": "no-store",
    };
    return reply.headers(told).send({ live: true });
  });
  server.get("/ready", (_request, reply) => {
    const { state } = sources.health().connection;
    const ready = state === "open" && !sources.draining();
    return reply.code(ready ? 200 : 503).send({ ready, connection: state, draining: sources.draining() });
  });
  server.get("/health", (_request, reply) => {
    const health = sources.health();
    return reply.code(health.status === "error" ? 503 : 200).send(health);
  });
  server.get("/metrics", async (_request, reply) => {
    const sizes = describeRecordSizes(await sources.recordSizes());
    const text = renderMetrics([...describeHealthMetrics(sources.health()), sizes]);
    return reply.type(METRICS_CONTENT_TYPE).send(text);
  });
};

const addPrivate = (server: FastifyInstance, sources: HttpSources): void => {
  server.register((scope, _options, done) => {
    scope.addHook("onRequest", async (request, reply) => {
      const token = sources.adminToken();
      if (token !== undefined && isAuthorised(request.headers.authorization, token)) return;
      const hint = "Send ADMIN_TOKEN as `Authorization: Bearer …`; a generated one is kept in DATA_DIR/admin-token.";
      await reply.code(401).header("www-authenticate", "Bearer").send(problem("http.unauthorised", hint));
    });
    scope.get("/api/pairing", (_request, reply) => {
      sources.pairingVisited();
      return reply.header("cache-control", "no-store").send(sources.pairing());
    });
    addActions(scope, sources);
    addNotifications(scope, sources);
    done();
  });
};

/** One web server; only the public one knows the endpoints that need the token. */
export const createServer = (sources: HttpSources, scope: "public" | "monitors"): FastifyInstance => {
  const server = Fastify({ logger: false, forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  addMonitoring(server, sources);
  if (scope === "public") {
    addPrivate(server, sources);
    addPairingPage(server, sources);
  }
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(problem("http.notFound", "There is nothing here. Try /health, /ready or /live.")),
  );
  server.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    // A parser's complaint is for the sender; anything else may hold what is not for strangers.
    const text = status < 500 && error instanceof Error ? error.message : "This request could not be answered.";
    return reply.code(status).send(problem("http.failed", text));
  });
  return server;
};

/**
 * Listens, or says which port cannot be had.
 *
 * @returns the port, which the system chose where 0 was asked for
 */
export const listen = async (
  server: FastifyInstance,
  { host, port, variable }: { host: string; port: number; variable: string },
): Promise<number> => {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const why =
      errorCode(error) === "EADDRINUSE" ? "is in use by another program" : `cannot be opened (${errorCode(error)})`;
    throw new BlackskyError("runner.port", `Port ${String(port)} (${variable}) ${why}.`, {
      hint: `Stop that program, or set ${variable} to another port.`,
      cause: error,
    });
  }
  const [address] = server.addresses();
  return typeof address === "object" ? address.port : port;
};
