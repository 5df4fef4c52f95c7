import { errorCode } from "@blacksky/errors";
import type { FastifyInstance } from "fastify";
import type { HttpSources } from "./sources.ts";

/** Failures that are not the server's: asked too early, or of a session that is not there. */
const STATUS_OF: Readonly<Record<string, number>> = {
  "backup.emptySession": 409,
  "backup.notReady": 503,
  "backup.stopped": 503,
  "ipc.noReceiver": 503,
};

/** What the owner may order; the scope has seen the token already. */
export const addActions = (scope: FastifyInstance, { snapshot }: HttpSources): void => {
  scope.post("/api/actions/backup", async (_request, reply) => {
    try {
      return await reply.code(202).send({ id: await snapshot() });
    } catch (error) {
      const code = errorCode(error);
      const status = STATUS_OF[code];
      if (status === undefined || !(error instanceof Error)) throw error;
      return reply.code(status).send({ error: { code, message: error.message } });
    }
  });
};
