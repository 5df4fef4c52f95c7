import { after } from "./clock.ts";
import { failure } from "./failure.ts";
import { say } from "./messages/composing.ts";
import type { SeenMessage } from "./world/seen-log.ts";
import type { User } from "./world/user.ts";
import type { World } from "./world/world.ts";

/** What to wait for: a pattern for the text, or a condition. */
export type MessageMatch = RegExp | ((message: SeenMessage) => boolean);

const REACTION = "reactionMessage";

/** The messages a phone has seen so far, oldest first; each once, with the count of its arrivals. */
export const received = (user: User): SeenMessage[] => user.seen.messages.map((message) => ({ ...message }));

/**
 * The first message a phone has seen or will see that matches; those before `from` are not looked at. Rejects with
 * `simulator.deadline` after `deadlineMs`.
 */
export const waitForMessage = async (
  world: World,
  user: User,
  match: MessageMatch,
  deadlineMs: number,
  from = 0,
): Promise<SeenMessage> => {
  const matches = (message: SeenMessage): boolean =>
    match instanceof RegExp ? match.test(message.text) : match(message);
  const { messages } = user.seen;
  const known = messages.slice(from).find(matches);
  if (known !== undefined) return { ...known };
  return new Promise((resolve, reject) => {
    const stopListening = world.events.on("message.seen", (event) => {
      if (event.by !== user.phone) return;
      const arrived = messages.findLast(({ id, chat }) => id === event.id && chat === event.chat);
      if (arrived === undefined || !matches(arrived)) return;
      stopListening();
      cancel();
      resolve({ ...arrived });
    });
    const cancel = after(deadlineMs, () => {
      stopListening();
      const what = match instanceof RegExp ? `matching ${match}` : "that fits the condition";
      reject(
        failure(
          "simulator.deadline",
          `${user.phone} received no message ${what} within ${deadlineMs} ms; ${messages.length} others.`,
          "Look at the messages this phone received, and at the ledger.",
        ),
      );
    });
  });
};

/**
 * Says something and waits for the answer: the message that quotes it, else the first one from that chat that quotes
 * nothing. Reactions are no answers, and in a group neither is what other people say.
 */
export const ask = async (
  world: World,
  user: User,
  to: string,
  text: string,
  deadlineMs: number,
): Promise<SeenMessage> => {
  const group = world.directory.group(to);
  const chat = group?.id ?? world.directory.user(to, "to").jid;
  const before = user.seen.messages.length;
  const { id } = await say(world, user, to, text);
  const isAnswer = (message: SeenMessage): boolean => {
    if (message.type === REACTION || message.from === user.jid) return false;
    if (message.quotedId !== undefined) return message.quotedId === id;
    const fromBot = group === undefined || world.directory.find(message.from)?.role === "account";
    return message.chat === chat && fromBot;
  };
  return waitForMessage(world, user, isAnswer, deadlineMs, before);
};
