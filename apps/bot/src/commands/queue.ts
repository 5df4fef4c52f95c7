import { formatDuration } from "@blacksky/machine";
import { NOTIFICATION_ID_PREFIX, type NotificationStatus } from "@blacksky/protocol";
import type { CommandContext } from "./command.ts";
import { defineSessionCommand } from "./session/session-command.ts";

const SHOWN = 5;
/** Enough to tell two apart, and little to type. */
const SHORT_ID = 8;

const shortId = (id: string): string =>
  id.slice(NOTIFICATION_ID_PREFIX.length, NOTIFICATION_ID_PREFIX.length + SHORT_ID);

const ago = (ms: number): string => formatDuration(ms / 1000);

const attemptsOf = ({ attempts }: NotificationStatus): string =>
  attempts === 1 ? "1 attempt" : `${String(attempts)} attempts`;

const lineOf = (status: NotificationStatus, when: string): string =>
  `   *${shortId(status.id)}* ${when}, ${attemptsOf(status)}: ${status.lastError ?? "no reason is known"}`;

const countsLine = ({ pending, retrying, dead }: CommandContext["outbox"]["counts"]): string =>
  `Of what I send by myself, ${String(pending)} wait, ${String(retrying)} are to be tried again, ${String(dead)} were given up.`;

const section = (title: string, lines: readonly string[], more: number): string[] =>
  lines.length === 0 ? [] : [title, ...lines, ...(more > 0 ? [`   … and ${String(more)} more`] : [])];

const describe = ({ bot, clock, outbox }: CommandContext): string => {
  const { counts, desk } = outbox;
  const { oldestAt, heldMs, retrying, dead } = desk.show(SHOWN);
  const now = clock.now();
  const isStuck = retrying.length > 0 || dead.length > 0;
  return [
    countsLine(counts),
    ...(oldestAt === null ? [] : [`The oldest waits for ${ago(now - oldestAt)}.`]),
    ...(heldMs === 0
      ? []
      : [`WhatsApp restricts the account: I write to nobody who never wrote to me for another ${ago(heldMs)}.`]),
    ...section(
      "To be tried again:",
      retrying.map((one) => lineOf(one, `in ${ago((one.nextAttemptAt ?? now) - now)}`)),
      counts.retrying - retrying.length,
    ),
    ...section(
      "Given up:",
      dead.map((one) => lineOf(one, `${ago(now - one.changedAt)} ago`)),
      counts.dead - dead.length,
    ),
    ...(isStuck
      ? [`${bot.prefix}queue retry <id or all> tries again, ${bot.prefix}queue cancel <id or all> gives up for good.`]
      : []),
  ].join("\n");
};

/** `.queue`: what the bot sends by itself and could not yet, and what is to be done about it. */
export const queue = defineSessionCommand({
  name: "queue",
  summary: "Tells what waits to be sent and what was given up; `queue retry` and `queue cancel` with an id or `all`.",
  async run(context) {
    const { args, bot, outbox, reply } = context;
    const [verb, wanted, ...rest] = args.map((word) => word.toLowerCase());
    if (verb === undefined) {
      await reply(describe(context));
      return;
    }
    if ((verb !== "retry" && verb !== "cancel") || wanted === undefined || rest.length > 0) {
      await reply(
        `Say ${bot.prefix}queue, ${bot.prefix}queue retry <id or all>, or ${bot.prefix}queue cancel <id or all>.`,
      );
      return;
    }
    const count = outbox.desk[verb](wanted);
    await reply(
      verb === "retry"
        ? `Tried again now: ${String(count)}.`
        : `Given up for good: ${String(count)}. What is on its way already arrives all the same.`,
    );
  },
});
