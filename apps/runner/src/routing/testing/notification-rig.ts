import { BlackskyError } from "@blacksky/errors";
import { createChannel, linkPorts, type Channel } from "@blacksky/ipc";
import { createFakeClock } from "@blacksky/machine";
import { outbox, type Notification, type NotificationStatus } from "@blacksky/protocol";
import { createNews, type News } from "../../health/news.ts";
import { sessionStatus } from "../../health/testing/session-status.ts";
import { createNotificationDesk } from "../notification-desk.ts";

/** Of the channels of every rig. */
export const clock = createFakeClock();
export const ID = "ntf_0123456789abcdef01234567";
export const NOTE: Notification = { to: "owner", text: "x", priority: 5 };

export const statusOf = (id: string): NotificationStatus => ({
  id,
  state: "available",
  attempts: 0,
  createdAt: 1,
  changedAt: 1,
  nextAttemptAt: null,
  lastError: null,
});

const connect = (): { ours: Channel; theirs: Channel } => {
  const ports = linkPorts();
  const onViolation = (error: Error): never => {
    throw error;
  };
  return {
    theirs: createChannel({ port: ports.child, clock, onViolation }),
    ours: createChannel({ port: ports.parent, clock, onViolation }),
  };
};

/** A bot and a database, each of which takes an id once; what fails does so with `troubles`' code. */
export const setUpDesk = (replicated = false) => {
  const has = { bot: [] as string[], database: [] as string[] };
  const troubles: { bot?: string; database?: string; handOver?: string } = {};
  const failIf = (code: string | undefined): void => {
    if (code !== undefined) throw new BlackskyError(code, "It said no.", { hint: "Ask nicely." });
  };
  const takeInto = (place: string[], id: string): { isNew: boolean; status: NotificationStatus } => {
    const isNew = !place.includes(id);
    if (isNew) place.push(id);
    return { isNew, status: statusOf(id) };
  };
  const readFrom = (place: string[], id: string): { status: NotificationStatus | null } => ({
    status: place.includes(id) ? statusOf(id) : null,
  });
  const bot = connect();
  const backup = connect();
  bot.theirs.handle(outbox.enqueue, ({ id }) => {
    failIf(troubles.bot);
    return takeInto(has.bot, id);
  });
  bot.theirs.handle(outbox.read, ({ id }) => {
    failIf(troubles.bot);
    return readFrom(has.bot, id);
  });
  backup.theirs.handle(outbox.leave, ({ id }) => {
    failIf(troubles.database);
    return takeInto(has.database, id);
  });
  backup.theirs.handle(outbox.readLeft, ({ id }) => {
    failIf(troubles.database);
    return readFrom(has.database, id);
  });
  backup.theirs.handle(outbox.handOver, () => {
    failIf(troubles.database);
    failIf(troubles.handOver);
    for (const id of has.database.splice(0)) takeInto(has.bot, id);
    return {};
  });
  const living = new Map([
    ["bot", bot.ours],
    ["backup", backup.ours],
  ]);
  const news: Pick<News, "session"> = createNews();
  const session = (phase: "standby" | "active", databaseConnected = true, epoch = 1): void => {
    news.session = sessionStatus(phase, { databaseConnected, lease: { held: phase === "active", epoch } });
  };
  session("active");
  const life = { draining: false };
  const find = (id: string): Channel | undefined => living.get(id);
  const options = { sessionId: "TEST", find, news, isDraining: () => life.draining, replicated, clock };
  const desk = createNotificationDesk(options);
  return { desk, has, troubles, living, news, session, life, bot, backup, find };
};
