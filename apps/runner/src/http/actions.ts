import { errorCode, isBlackskyError } from "@blacksky/errors";
import type { FastifyInstance, FastifyReply } from "fastify";
import * as z from "zod";
import type { HttpSources } from "./sources.ts";

const BODY_BYTES = 4 * 1024;

/** Failures that are not the server's: a wish that cannot be granted, or asked too early. */
const STATUS_OF: Readonly<Record<string, number>> = {
  "backup.emptySession": 409,
  "backup.emptySnapshot": 409,
  "backup.newerSnapshot": 409,
  "backup.noSnapshot": 404,
  "backup.notReady": 503,
  "backup.notReplicating": 503,
  "backup.olderSnapshot": 409,
  "backup.otherSession": 409,
  "backup.restoring": 409,
  "backup.snapshotCorrupt": 409,
  "backup.snapshotFile": 503,
  "backup.stopped": 503,
  "backup.wrongKey": 409,
  "connection.held": 409,
  "connection.noKeeper": 503,
  "connection.notOpen": 409,
  "connection.standby": 409,
  "ipc.closed": 503,
  "ipc.deadline": 503,
  "ipc.noReceiver": 503,
  "runner.draining": 503,
  "session.notPaired": 409,
};

const restoreBody = z.strictObject({ id: z.string().min(1).max(100), force: z.boolean().default(false) });
const restartBody = z.strictObject({ scope: z.enum(["bot", "all"]).default("bot") });
const confirmed = z.strictObject({ confirm: z.literal(true) });

const CONFIRM_HINT =
  'Send {"confirm": true} as application/json: this takes the bot off WhatsApp until it is paired again.';
const RESTORE_HINT = 'Send {"id": "…", "force": true} as application/json; `.sessions` in the chat lists the ids.';
const RESTART_HINT = 'Send {"scope": "bot"} or {"scope": "all"} as application/json, or nothing for the bot alone.';
const REASON = "asked for over HTTP";

const refuse = (
  reply: FastifyReply,
  status: number,
  error: { code: string; message: string; hint?: string },
): unknown => reply.code(status).send({ error });

/** The status for a refusal whose words may be shown; `undefined` for what is the server's own failure. */
export const refusalStatus = (error: unknown): number | undefined =>
  isBlackskyError(error) ? STATUS_OF[errorCode(error)] : undefined;

/** Answers 202 with what `act` gives, or says in words why it was not done. Unexpected failures stay the server's. */
const accept = async (reply: FastifyReply, act: () => Promise<object>): Promise<unknown> => {
  try {
    return await reply.code(202).send(await act());
  } catch (error) {
    const status = refusalStatus(error);
    if (status === undefined || !isBlackskyError(error)) throw error;
    const { code, message, hint } = error;
    return refuse(reply, status, { code, message, ...(hint === undefined ? {} : { hint }) });
  }
};

/** What the owner may order; the scope has seen the token already. Whatever takes the session away wants to be confirmed. */
export const addActions = (scope: FastifyInstance, sources: HttpSources): void => {
  scope.post("/api/actions/backup", { bodyLimit: BODY_BYTES }, async (_request, reply) =>
    accept(reply, async () => ({ id: await sources.snapshot() })),
  );

  scope.post("/api/actions/restore", { bodyLimit: BODY_BYTES }, async ({ body }, reply) => {
    const wanted = restoreBody.safeParse(body);
    if (wanted.success) return accept(reply, async () => ({ position: await sources.restore(wanted.data) }));
    const message = "Which snapshot is to be restored was not said.";
    return refuse(reply, 400, { code: "http.badBody", message, hint: RESTORE_HINT });
  });

  scope.post("/api/actions/reconnect", { bodyLimit: BODY_BYTES }, async (_request, reply) =>
    accept(reply, async () => {
      await sources.reconnect(REASON);
      return { reconnecting: true };
    }),
  );

  scope.post("/api/actions/restart", { bodyLimit: BODY_BYTES }, async ({ body }, reply) => {
    const wanted = restartBody.safeParse(body ?? {});
    if (!wanted.success) {
      const message = "What is to be restarted was not said.";
      return refuse(reply, 400, { code: "http.badBody", message, hint: RESTART_HINT });
    }
    const { scope: restarting } = wanted.data;
    return accept(reply, async () => {
      await sources.restart(restarting, REASON);
      return { restarting };
    });
  });

  const addLeaving = (path: string, leave: () => Promise<string>): void => {
    scope.post(path, { bodyLimit: BODY_BYTES }, async ({ body }, reply) => {
      if (confirmed.safeParse(body).success) return accept(reply, async () => ({ snapshot: await leave() }));
      const message = "This was not confirmed, so nothing was done.";
      return refuse(reply, 400, { code: "http.notConfirmed", message, hint: CONFIRM_HINT });
    });
  };
  addLeaving("/api/actions/logout", () => sources.logOut());
  addLeaving("/api/actions/clear-session", () => sources.clearSession());
};
