import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import type { Adopted } from "@blacksky/whatsapp";

/** What the bot says of its socket; `since` in epoch milliseconds. */
export type Description = Pick<Adopted, "socket" | "generation" | "standing"> & { readonly since: number };

/** The bot, as the one who carries out what the machine wants. Orders are given one after the other. */
export interface Executor {
  /** @throws BlackskyError the bot's refusal, `connection.late`, or what the channel says when nobody answers */
  connect(generation: number, resumedAt: number | null): Promise<void>;
  /** Resolves when the socket is gone. Throws like `connect`. */
  end(generation: number, reason: string): Promise<void>;
  /** Asks at once, whatever else is under way. Throws like `connect`. */
  describe(): Promise<Description>;
  /** The process that had the orders is gone: those not yet given die with it. */
  forget(): void;
}

// Below the machine's own deadline for a connection (25 s), so that a refusal comes before it. It counts from when the machine
// wanted the socket: what had to wait for longer, here or in a bot that stalls, is not opened behind the machine's back.
const CONNECT_DEADLINE_MS = 20_000;
// Baileys waits for the other side's goodbye; the bot cuts that short long before this.
const END_DEADLINE_MS = 15_000;
// Below the machine's own period of asking (5 s).
const DESCRIBE_DEADLINE_MS = 4_000;

const lateError = (generation: number): BlackskyError =>
  new BlackskyError("connection.late", `Socket ${String(generation)} was not opened: its turn came too late.`);

/** Gives orders over the channel; the parent passes them on to the bot that lives now. */
export const createExecutor = (channel: Channel, clock: Clock): Executor => {
  let queue = 0;
  let tail: Promise<unknown> = Promise.resolve();

  const inOrder = async (give: () => Promise<unknown>): Promise<void> => {
    const mine = queue;
    const before = tail;
    const turn = before.then(() => (mine === queue ? give() : undefined));
    // The next order is given whether this one succeeded or not; its own failure is its caller's.
    tail = turn.catch(() => undefined);
    await turn;
  };

  return {
    connect(generation, resumedAt) {
      const notAfterMs = clock.monotonic() + CONNECT_DEADLINE_MS;
      return inOrder(() => {
        const deadlineMs = notAfterMs - clock.monotonic();
        if (deadlineMs <= 0) throw lateError(generation);
        return channel.request(connection.connect, { generation, notAfterMs, resumedAt }, { deadlineMs });
      });
    },
    end: (generation, reason) =>
      inOrder(() => channel.request(connection.end, { generation, reason }, { deadlineMs: END_DEADLINE_MS })),
    describe: () => channel.request(connection.describe, {}, { deadlineMs: DESCRIBE_DEADLINE_MS }),
    forget() {
      queue += 1;
      tail = Promise.resolve();
    },
  };
};
