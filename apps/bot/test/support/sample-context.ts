import type { Clock } from "@blacksky/machine";
import type { CommandContext } from "../../src/commands/command.ts";
import { createConfirmations } from "../../src/commands/confirmation.ts";
import type { SessionOrders } from "../../src/session-orders.ts";

const unexpected = (): Promise<never> => Promise.reject(new Error("not in this test"));

/** Orders that nobody is expected to give. */
export const noOrders: SessionOrders = {
  position: 0,
  takeSnapshot: unexpected,
  listSnapshots: unexpected,
  restore: unexpected,
  checkLogOut: () => undefined,
  logOut: unexpected,
  clear: unexpected,
};

/** What a command gets in a private chat, from somebody who is not the owner; answers go nowhere. */
export const sampleContext = (clock: Clock, more: Partial<CommandContext> = {}): CommandContext => ({
  message: {
    id: "A",
    entry: "entry-a",
    chat: "1@lid",
    kind: "private",
    sender: {},
    fromMe: false,
    text: "",
    sentAt: clock.now(),
    backlog: false,
    disappearsAfterS: 0,
    quotable: { key: {} },
  },
  args: [],
  isOwner: false,
  bot: { name: "Bot", prefix: ".", version: "1.0.0", startedAt: clock.now() },
  clock,
  receivedAt: clock.now(),
  commands: [],
  reply: () => Promise.resolve({ status: "accepted" }),
  probe: () => Promise.resolve(41.6),
  readHealth: unexpected,
  requestRestart: () => undefined,
  reconnect: unexpected,
  session: noOrders,
  confirmations: createConfirmations(clock, () => "1234"),
  ...more,
});
