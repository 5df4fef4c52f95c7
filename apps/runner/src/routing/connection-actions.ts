import { BlackskyError } from "@blacksky/errors";
import { connection } from "@blacksky/protocol";
import type { News } from "../health/news.ts";
import { findDecider, type FindChannel } from "./route-messages.ts";

/** Decided at once; whoever decides does not wait for WhatsApp. */
const DEADLINE = { deadlineMs: 5_000 };

export type RestartScope = "bot" | "all";

/** What may be done to the connection from outside the chat. Refusals come as errors whose words are meant for people. */
export interface ConnectionActions {
  /** Orders a fresh connection, or the next attempt now; goes on also after a logout, a take-over, a refusal or a stop. */
  reconnect(reason: string): Promise<void>;
  /** Orders the bot's process, or all workers, to be started anew; goes on as `reconnect` does. */
  restart(scope: RestartScope, reason: string): Promise<void>;
}

export interface ConnectionActionsOptions {
  readonly find: FindChannel;
  readonly news: News;
  readonly isDraining: () => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly restart: (scope: RestartScope, reason: string) => void;
}

const STUCK: ReadonlySet<string> = new Set(["logged-out", "replaced", "refused", "stopped"]);

const refusal = (code: string, message: string, hint: string): BlackskyError =>
  new BlackskyError(code, message, { hint });

/** The actions, done by the workers that live now. */
export const createConnectionActions = (options: ConnectionActionsOptions): ConnectionActions => {
  const { find, news, isDraining, restart, now } = options;

  const checkNotEnding = (): void => {
    if (!isDraining()) return;
    throw refusal("runner.draining", "The bot is ending, so nothing was done.", "Ask the one that takes its place.");
  };
  const resume = async (reason: string): Promise<void> => {
    const decider = findDecider(find);
    if (decider === undefined) {
      const hint = "Try again in a moment; /health says how the workers are.";
      throw refusal("ipc.noReceiver", "Nothing was done: nobody decides over the connection at this moment.", hint);
    }
    await decider.request(connection.reconnect, { reason }, DEADLINE);
  };
  /** Those who decide are replaced before their word reaches the bot, so it is told itself, and the next ones ask it. */
  const overrule = async (): Promise<void> => {
    const bot = find("bot");
    if (bot === undefined) {
      const hint = "Try again in a moment; /health says how the workers are.";
      throw refusal("ipc.noReceiver", "Nothing was restarted: the bot is not there to be told to go on.", hint);
    }
    await bot.request(connection.overrule, { at: now() }, DEADLINE);
  };

  return {
    async reconnect(reason) {
      checkNotEnding();
      if (news.session !== null && news.session.phase !== "active") {
        const hint = "It connects by itself when its turn comes; /health says how it is.";
        throw refusal("connection.standby", "This instance does not have the session, so it has no connection.", hint);
      }
      await resume(reason);
    },
    async restart(scope, reason) {
      checkNotEnding();
      // A fresh process does not overrule what only a person may; this order is a person's.
      if (STUCK.has(news.connection?.state ?? "")) await (scope === "all" ? overrule() : resume(reason));
      restart(scope, reason);
    },
  };
};
