import type { News } from "../health/news.ts";

/** The connection in plain words: what it is, why, and what to do. Nothing in it is HTML. */
export interface ConnectionWords {
  readonly title: string;
  readonly sentences: readonly string[];
  /** What the button says that goes on from here; `null` where nothing needs to be pressed. */
  readonly button: string | null;
}

const clockTime = (at: number): string => `${new Date(at).toISOString().slice(11, 19)} UTC`;

const words = (title: string, sentences: readonly (string | undefined)[], button: string | null): ConnectionWords => ({
  title,
  sentences: sentences.filter((sentence) => sentence !== undefined),
  button,
});

/** For the page of a person who wants the bot to go on. */
export const describeConnection = ({
  connection,
  session,
  pairing,
}: Pick<News, "connection" | "session" | "pairing">): ConnectionWords => {
  if (session !== null && session.phase !== "active") {
    return words("Standing by", ["Another instance of this bot has the session. This one takes over by itself."], null);
  }
  if (connection === null) return words("Starting", ["The bot is on its way up."], null);
  const why = connection.lastDisconnect?.reason;
  const next = connection.nextAttemptAt;
  switch (connection.state) {
    case "open":
      return words(
        "Connected",
        ["This bot is linked to a phone and connected to WhatsApp. There is nothing to do here."],
        null,
      );
    case "standby":
      return words("Starting", ["The connection waits for the bot's process."], null);
    case "pairing":
      return words("Please wait", ["There is no code at this moment. The next one appears here by itself."], null);
    case "connecting":
      return words("Connecting", [why, "The bot is connecting to WhatsApp."], null);
    case "backing-off": {
      const soon =
        next === null
          ? "There is no code until somebody asks for one."
          : `It is tried again by itself at ${clockTime(next)}.`;
      return words("Not connected", [why, soon], pairing.state === "paired" ? "Try now" : "Show a new code");
    }
    case "logged-out":
      return words("Unlinked", [why, "Press the button, then scan the code that appears here."], "Link a phone");
    case "replaced": {
      const later =
        next === null ? "Once it is stopped, press the button." : `It is tried once more at ${clockTime(next)}.`;
      return words("Another program has the session", [why, later], "Go on");
    }
    case "refused":
      return words("WhatsApp refuses this account", [why, "When that is settled, press the button."], "Try again");
    case "stopped":
      return words("Stopped", ["The connection was ended on request."], "Connect");
  }
};
