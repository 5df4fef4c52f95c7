import { describeError } from "@blacksky/errors";
import { formatDuration } from "@blacksky/machine";
import type { Health } from "@blacksky/protocol";
import { defineCommand } from "./command.ts";

const secondsSince = (iso: string, now: number): number => (now - Date.parse(iso)) / 1000;

const connectionLine = ({ connection }: Health, now: number): string => {
  const { state, since, reconnectAttempts } = connection;
  const tries = reconnectAttempts === 0 ? "" : `, ${String(reconnectAttempts)} attempts to reconnect`;
  return `Connection: ${state} for ${formatDuration(secondsSince(since, now))}${tries}`;
};

const percentLine = ({ connection: { uptime, disconnects } }: Health): string[] => {
  const of = (percent: number | null, time: string): string[] =>
    percent === null ? [] : [`${String(percent)} % of the last ${time}`];
  const open = [...of(uptime.day, "day"), ...of(uptime.week, "week")].join(", ");
  const ends = Object.entries(disconnects).map(([code, count]) => `${code} (${String(count)})`);
  return [
    ...(open === "" ? [] : [`   open for ${open}`]),
    ...(ends.length === 0 ? [] : [`   ended with ${ends.join(", ")}`]),
  ];
};

const sessionLine = ({ session, databaseConnected }: Health): string => {
  const behind = session.position - session.replicatedPosition;
  const replica = behind <= 0 ? "fully replicated" : `${String(behind)} changes behind (${String(session.lagMs)} ms)`;
  return `Session: ${databaseConnected ? replica : "kept locally"}`;
};

const workerLines = ({ workers }: Health): string[] =>
  Object.entries(workers).map(
    ([name, { state, uptime, restarts }]) =>
      `   ${name}: ${state} for ${formatDuration(uptime)}, ${String(restarts)} restarts`,
  );

/** The health report in the words of a chat. */
export const describeHealth = (health: Health, botName: string, now: number): string =>
  [
    `*${botName}* ${health.version}: ${health.status}`,
    connectionLine(health, now),
    ...percentLine(health),
    `Uptime: ${formatDuration(health.uptime)}`,
    sessionLine(health),
    `Database: ${health.databaseConnected ? "connected" : "not connected"}`,
    `Memory: ${String(Math.round(health.memory.usedMb))} of ${String(Math.round(health.memory.quotaMb))} MB (${health.memory.level})`,
    `Messages: ${String(health.queue.delivered)} sent, ${String(health.queue.pending + health.queue.retrying)} waiting, ${String(health.queue.dead)} given up`,
    "Workers:",
    ...workerLines(health),
  ].join("\n");

/** `.status`: how the bot is, as `GET /health` tells it. */
export const status = defineCommand({
  name: "status",
  summary: "Tells how the bot is: connection, session, memory, workers.",
  async run({ bot, clock, readHealth, reply }) {
    try {
      await reply(describeHealth(await readHealth(), bot.name, clock.now()));
    } catch (error) {
      await reply(`The state of the other workers is not known: ${describeError(error)}`);
    }
  },
});
