import type { Clock } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { findDecider, type FindChannel } from "./route-messages.ts";

/** A page that is left open asks every few seconds; somebody who comes back has not asked for a while. */
const AWAY_MS = 60_000;

/**
 * Tells whoever decides that somebody has come to see how the bot is linked; call it each time the page or the API is asked.
 * What asks again and again counts once: a forgotten page must not have codes made all night.
 */
export const createPairingVisits = (clock: Clock, find: FindChannel): (() => void) => {
  let seenAt = -Infinity;
  return () => {
    const now = clock.monotonic();
    const hasCome = now - seenAt >= AWAY_MS;
    seenAt = now;
    if (hasCome) findDecider(find)?.emit(connection.pairingWanted, {});
  };
};
