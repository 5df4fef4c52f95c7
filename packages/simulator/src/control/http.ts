import type { AddressInfo } from "node:net";
import { describeError, errorCode, isBlackskyError } from "@blacksky/errors";
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { streamEvents } from "./event-stream.ts";
import { addFaultRoutes } from "./fault-routes.ts";
import { addPhoneRoutes } from "./phone-routes.ts";
import { description, simulatorState } from "./views.ts";
import type { Controlled } from "./views.ts";

const STATUS: Record<string, number> = {
  "simulator.bad-input": 400,
  "simulator.unknown": 404,
  "simulator.code-wrong": 409,
  "simulator.not-linked": 409,
  "simulator.pairing-failed": 409,
  "simulator.qr-unknown": 409,
  "simulator.deadline": 504,
};
const INTERNAL_ERROR = 500;
const BODY_LIMIT_BYTES = 1_048_576;

/** The HTTP control plane: the in-process API for other processes of this machine. */
export const startControl = async (
  simulator: Controlled,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close: () => Promise<void> }> => {
  const server = fastify({ forceCloseConnections: true, bodyLimit: BODY_LIMIT_BYTES });
  answerErrors(server);
  server.get("/", async () => description(simulator));
  server.get("/state", async () => simulatorState(simulator));
  server.get("/ledger", async () => simulator.ledger());
  const closeStreams = streamEvents(server, simulator);
  addPhoneRoutes(server, simulator);
  addFaultRoutes(server, simulator);
  await server.listen({ host, port });
  const address = server.server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    close: async () => {
      closeStreams();
      await server.close();
    },
  };
};

/** Every refusal is JSON with a code, a sentence and a remedy. */
const answerErrors = (server: FastifyInstance): void => {
  server.setErrorHandler(async (error, _request, reply) => {
    const ours = isBlackskyError(error);
    // Fastify's own refusals, such as JSON that does not parse, carry their status.
    const theirs = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : INTERNAL_ERROR;
    const body = { error: errorCode(error), message: ours ? error.message : describeError(error) };
    return reply
      .status(ours ? (STATUS[error.code] ?? INTERNAL_ERROR) : theirs)
      .send(ours && error.hint !== undefined ? { ...body, hint: error.hint } : body);
  });
  server.setNotFoundHandler(async (request, reply) =>
    reply.status(404).send({
      error: "simulator.unknown",
      message: `There is no ${request.method} ${request.url.split("?")[0]} here.`,
      hint: "GET / lists all paths.",
    }),
  );
};
