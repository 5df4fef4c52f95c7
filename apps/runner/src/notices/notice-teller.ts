import type { Channel } from "@blacksky/ipc";
import { notices, type Notice } from "@blacksky/protocol";

/** What nobody could be told for so long is no news; the newest are kept. */
const MOST_WAITING = 20;

/** Takes to the bot what its owner may want to read in WhatsApp. */
export interface NoticeTeller {
  tell(notice: Notice): void;
  /** The bot is up and listens. */
  botIsUp(channel: Pick<Channel, "emit">): void;
  botIsGone(): void;
}

/** A teller without a bot: what happens is kept until there is one. */
export const createNoticeTeller = (): NoticeTeller => {
  let bot: Pick<Channel, "emit"> | undefined;
  let waiting: Notice[] = [];
  return {
    tell(notice) {
      if (bot === undefined) waiting = [...waiting, notice].slice(-MOST_WAITING);
      else bot.emit(notices.told, notice);
    },
    botIsUp(channel) {
      bot = channel;
      for (const notice of waiting.splice(0)) channel.emit(notices.told, notice);
    },
    botIsGone() {
      bot = undefined;
    },
  };
};
