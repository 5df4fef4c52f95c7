import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { session } from "@blacksky/protocol";
import type { FindChannel } from "./route-messages.ts";

/** Longer than a large session takes on a slow database. */
const DEADLINE = { deadlineMs: 60_000 };

/** What may be done to the session from outside the chat. Each takes a snapshot before it destroys anything. */
export interface SessionActions {
  /** Takes a snapshot; resolves with its id. */
  snapshot(): Promise<string>;
  /** Orders a restore; resolves with the snapshot's position when it is certain that it will be done. */
  restore(wanted: { readonly id: string; readonly force: boolean }): Promise<number>;
  /** Unlinks the bot at WhatsApp; resolves with the id of the snapshot that was taken before. */
  logOut(): Promise<string>;
  /** Puts the session aside without a word to WhatsApp; resolves with the id of the snapshot that was taken before. */
  clearSession(): Promise<string>;
}

/**
 * The actions, done by the workers that live now; each rejects with `ipc.noReceiver` while its worker does not run, or with
 * the worker's refusal.
 */
export const createSessionActions = (find: FindChannel): SessionActions => {
  const worker = (id: string): Channel => {
    const channel = find(id);
    if (channel !== undefined) return channel;
    throw new BlackskyError("ipc.noReceiver", `Nothing was done: the ${id} worker is not running.`, {
      hint: "Try again in a moment; /health says how the workers are.",
    });
  };
  return {
    async snapshot() {
      const { id } = await worker("backup").request(session.snapshot, { reason: "asked for over HTTP" }, DEADLINE);
      return id;
    },
    async restore(wanted) {
      const { position } = await worker("backup").request(session.restore, wanted, DEADLINE);
      return position;
    },
    async logOut() {
      const { snapshot } = await worker("bot").request(session.logOut, {}, DEADLINE);
      return snapshot;
    },
    async clearSession() {
      const { snapshot } = await worker("bot").request(session.clear, {}, DEADLINE);
      return snapshot;
    },
  };
};
