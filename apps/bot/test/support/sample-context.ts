import type { Clock } from "@blacksky/machine";
import type { CommandContext } from "../../src/commands/command.ts";
import { createConfirmations } from "../../src/commands/confirmation.ts";
import type { SessionOrders } from "../../src/session-orders.ts";

/** What nobody is expected to ask for. */
export const unexpected = (): Promise<never> => Promise.reject(new Error("not in this test"));

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

/** An outbox with nothing in it. */
const emptyOutbox: CommandContext["outbox"] = {
  counts: { pending: 0, retrying: 0, dead: 0, delivered: 0 },
  desk: {
    show: () => ({ oldestAt: null, heldMs: 0, dead: [], retrying: [] }),
    retry: () => 0,
    cancel: () => 0,
  },
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
  notify: unexpected,
  notifyAll: unexpected,
  outbox: emptyOutbox,
  probe: () => Promise.resolve(41.6),
  readHealth: unexpected,
  requestRestart: () => undefined,
  reconnect: unexpected,
  session: noOrders,
  confirmations: createConfirmations(clock, () => "1234"),
  ...more,
});
