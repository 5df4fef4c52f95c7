import type { Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { connection, outbox, session } from "@blacksky/protocol";
import { createPace, type Pace } from "./pace.ts";
import type { SendCounts } from "./sending/send-tally.ts";

const SESSION_EVERY_MS = 100;
const COUNTS_EVERY_MS = 200;
const ACTIVITY_EVERY_MS = 1000;

/** What the bot tells often, told at a pace others can follow. */
export interface News {
  sessionChanged(): void;
  countsChanged(): void;
  active(): void;
  /** Tells what still waits, and nothing from then on. */
  close(): void;
}

/** Where the newest figures are to be had. */
export interface NewsSources {
  readonly position: () => number;
  readonly counts: () => SendCounts;
}

/** News over the channel. */
export const createNews = (channel: Channel, clock: Clock, sources: NewsSources): News => {
  const paces = {
    sessionChanged: createPace(clock, SESSION_EVERY_MS, () =>
      channel.emit(session.changed, { position: sources.position() }),
    ),
    countsChanged: createPace(clock, COUNTS_EVERY_MS, () => channel.emit(outbox.counted, sources.counts())),
    active: createPace(clock, ACTIVITY_EVERY_MS, () => channel.emit(connection.activitySeen, { at: clock.now() })),
  };
  let closed = false;
  const touch = (pace: Pace) => (): void => {
    if (!closed) pace.touch();
  };
  return {
    sessionChanged: touch(paces.sessionChanged),
    countsChanged: touch(paces.countsChanged),
    active: touch(paces.active),
    close() {
      closed = true;
      for (const pace of Object.values(paces)) pace.flush();
    },
  };
};
