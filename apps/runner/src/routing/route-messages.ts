import { BlackskyError } from "@blacksky/errors";
import type { Channel, EventDefinition, RequestDefinition } from "@blacksky/ipc";
import { connection, outbox, session } from "@blacksky/protocol";
import type * as z from "zod";

/** The channel of a child that lives now. */
export type FindChannel = (child: string) => Channel | undefined;

/** Whoever decides over the connection now: the keeper, or the bot in its place. */
export const findDecider = (find: FindChannel): Channel | undefined => find("keeper") ?? find("bot");

// The asker has a deadline of its own, always shorter; this one only keeps the books finite.
const RELAY_DEADLINE_MS = 60_000;

const relayEvent = <Body extends z.ZodType>(
  from: Channel,
  definition: EventDefinition<string, Body>,
  find: FindChannel,
  to: string,
): void => {
  from.on(definition, (body) => find(to)?.emit(definition, body as z.input<Body>));
};

const relayRequest = <Body extends z.ZodType, Reply extends z.ZodType>(
  from: Channel,
  definition: RequestDefinition<string, Body, Reply>,
  find: FindChannel,
  to: string,
  check: () => Promise<void> = async () => undefined,
): void => {
  from.handle(definition, async (body) => {
    await check();
    const channel = find(to);
    if (channel === undefined) {
      throw new BlackskyError(
        "ipc.noReceiver",
        `${definition.type} was not passed on: the ${to} worker is not running.`,
      );
    }
    const reply = await channel.request(definition, body as z.input<Body>, { deadlineMs: RELAY_DEADLINE_MS });
    return reply as z.input<Reply>;
  });
};

/**
 * Passes on what this child says to another one. The schemas transform nothing, so what came in may go out.
 *
 * @param mayConnect whether this tree may open a socket now: only under the lease, or where nobody else can have it
 */
export const routeMessages = (
  child: string,
  channel: Channel,
  find: FindChannel,
  mayConnect: () => Promise<boolean>,
): void => {
  const refuseWithoutLease = async (): Promise<void> => {
    if (await mayConnect()) return;
    throw new BlackskyError("connection.noLease", "No socket is opened: the lease on the session is not ours now.");
  };
  if (child === "bot") {
    channel.handle(connection.mayConnect, async () => {
      await refuseWithoutLease();
      return {};
    });
    relayEvent(channel, connection.executorStarted, find, "keeper");
    relayEvent(channel, connection.pairingStarted, find, "keeper");
    relayEvent(channel, connection.socketOpened, find, "keeper");
    relayEvent(channel, connection.socketClosed, find, "keeper");
    // Without a keeper the bot itself decides, in another place of its own.
    relayRequest(channel, connection.reconnect, () => findDecider(find), "keeper");
    relayEvent(channel, session.changed, find, "backup");
    relayRequest(channel, session.flush, find, "backup");
    relayRequest(channel, session.snapshot, find, "backup");
    relayRequest(channel, session.snapshots, find, "backup");
    relayRequest(channel, session.restore, find, "backup");
  }
  // What was left in the database while no bot could take it.
  if (child === "backup") relayRequest(channel, outbox.enqueue, find, "bot");
  if (child === "keeper") {
    relayEvent(channel, connection.changed, find, "bot");
    relayRequest(channel, connection.connect, find, "bot", refuseWithoutLease);
    relayRequest(channel, connection.end, find, "bot");
    relayRequest(channel, connection.cut, find, "bot");
    relayRequest(channel, connection.describe, find, "bot");
    relayRequest(channel, connection.vitals, find, "bot");
    relayRequest(channel, connection.probe, find, "bot");
    relayRequest(channel, connection.traffic, find, "bot");
  }
};
