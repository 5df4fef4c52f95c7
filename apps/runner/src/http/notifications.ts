import { isBlackskyError } from "@blacksky/errors";
import { outbox, type NotificationStatus } from "@blacksky/protocol";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { NotificationDesk } from "../routing/notification-desk.ts";
import {
  expired,
  NOTIFICATION_BYTES,
  parseNotification,
  tooLong,
  unreadable,
  type BadNotification,
} from "./notification-body.ts";

/** What the routes need. */
export interface NotificationSources {
  readonly notifications: NotificationDesk;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** For refusals that pass: seconds until another attempt makes sense. */
const RETRY_AFTER: Readonly<Record<string, number>> = {
  "outbox.full": 60,
  "outbox.notTaken": 5,
  "outbox.outOfSight": 5,
};

const PATH = "/api/notifications";

const refuse = (reply: FastifyReply, { status, ...error }: BadNotification): unknown =>
  reply.code(status).send({ error });

/** Says in words why nobody took it or nobody can tell; unexpected failures stay the server's. */
const explain = (reply: FastifyReply, failure: unknown): unknown => {
  if (!isBlackskyError(failure)) throw failure;
  const { code, message, hint } = failure;
  const retryAfter = RETRY_AFTER[code];
  if (retryAfter !== undefined) void reply.header("retry-after", String(retryAfter));
  else if (code !== "outbox.recipient") throw failure;
  return reply.code(retryAfter === undefined ? 400 : 503).send({ error: { code, message, hint } });
};

const accept = (reply: FastifyReply, { id, state }: NotificationStatus, isNew: boolean): unknown =>
  reply
    .code(202)
    .header("location", `${PATH}/${id}`)
    .send({ id, state, ...(isNew ? {} : { duplicate: true }) });

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const describe = ({ createdAt, changedAt, nextAttemptAt, ...rest }: NotificationStatus): object => ({
  ...rest,
  createdAt: isoOrNull(createdAt),
  changedAt: isoOrNull(changedAt),
  nextAttemptAt: isoOrNull(nextAttemptAt),
});

const unknown = (reply: FastifyReply): unknown =>
  reply.code(404).send({
    error: {
      code: "notification.unknown",
      message: "No notification with this id is known.",
      hint: "POST /api/notifications gives the id. What was delivered or given up long ago is forgotten.",
    },
  });

const addPost = (scope: FastifyInstance, { notifications, now }: NotificationSources): void => {
  scope.post(PATH, {
    bodyLimit: NOTIFICATION_BYTES,
    errorHandler: (error, _request, reply) => {
      if (error.statusCode === 413) return refuse(reply, tooLong());
      if (error.statusCode !== undefined && error.statusCode < 500) return refuse(reply, unreadable());
      throw error;
    },
    async handler({ body, headers }, reply) {
      const header = headers["idempotency-key"];
      const parsed = parseNotification(body, typeof header === "string" && header !== "" ? header : undefined);
      if (!parsed.good) return refuse(reply, parsed.problem);
      const { notification } = parsed;
      const id = notifications.idOf(notification.key);
      try {
        if (notification.expiresAt !== undefined && notification.expiresAt <= now()) {
          // Somebody may only not have heard that it was accepted in time.
          const known = notification.key === undefined ? null : await notifications.read(id);
          return known === null ? refuse(reply, expired()) : accept(reply, known, false);
        }
        const { isNew, status } = await notifications.notify(id, notification);
        return accept(reply, status, isNew);
      } catch (error) {
        return explain(reply, error);
      }
    },
  });
};

/** Messages that the bot is to send by itself, handed in and asked for; the scope has seen the token already. */
export const addNotifications = (scope: FastifyInstance, sources: NotificationSources): void => {
  addPost(scope, sources);
  scope.get<{ Params: { id: string } }>(`${PATH}/:id`, async ({ params }, reply) => {
    const id = outbox.notificationId.safeParse(params.id);
    if (!id.success) return unknown(reply);
    try {
      const status = await sources.notifications.read(id.data);
      if (status === null) return unknown(reply);
      return await reply.header("cache-control", "no-store").send(describe(status));
    } catch (error) {
      return explain(reply, error);
    }
  });
};
