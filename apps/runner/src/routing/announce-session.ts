import type { Channel } from "@blacksky/ipc";
import { session } from "@blacksky/protocol";
import type { News } from "../health/news.ts";

/**
 * Lets the bot open the session as soon as the backup worker has it: the bot that waits when it becomes available, and one
 * that starts later at once. To be called after `listenForNews`.
 *
 * @param findBot the channel of the bot that lives now
 */
export const announceSession = (
  child: string,
  channel: Channel,
  findBot: () => Channel | undefined,
  news: Pick<News, "session">,
): void => {
  if (child === "bot" && news.session?.phase === "active") channel.emit(session.available, {});
  if (child !== "backup") return;
  let wasActive = false;
  channel.on(session.statusChanged, ({ phase }) => {
    const isActive = phase === "active";
    if (isActive && !wasActive) findBot()?.emit(session.available, {});
    wasActive = isActive;
  });
};
