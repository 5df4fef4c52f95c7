import type { WASocket } from "@whiskeysockets/baileys";
import { jidOfAddress } from "./signal-address.ts";

/** What a burnt counter encrypts; nobody ever gets it. A Buffer: libsignal takes no other bytes. */
const NOTHING = Buffer.alloc(1);
/** Bundles asked for at once: a bundle that is refused fails all that were asked for with it. */
const BUNDLES_AT_ONCE = 20;
const TIMED_OUT = 408;

/** The tools for a session whose newest changes were lost. Sessions are named by their Signal addresses. */
export interface SessionMender {
  /** Uses up the next counters of a session: messages that are lost here may have been sent with them. */
  burnSession(address: string, count: number): Promise<void>;
  /** As `burnSession`, for our sender key of a group. `ownJid`: the address of ours that the key is filed under. */
  burnGroup(group: string, ownJid: string, count: number): Promise<void>;
  /**
   * Begins fresh sessions from new bundles; the old ones stay for what still arrives in them. Resolves with those that
   * WhatsApp gave no bundle for; rejects when the connection fails.
   */
  renewSessions(addresses: readonly string[]): Promise<string[]>;
  /** Makes new one-time pre-keys and uploads them. */
  uploadPreKeys(count: number): Promise<void>;
}

const statusOf = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null || !("output" in error)) return undefined;
  const { output } = error;
  return typeof output === "object" && output !== null && "statusCode" in output ? output.statusCode : undefined;
};

/** The tools on a Baileys socket that is open. */
export const createSessionMender = (socket: WASocket): SessionMender => {
  const { authState, signalRepository } = socket;

  // One transaction, so one write.
  const burn = async (lane: string, count: number, encrypt: () => Promise<unknown>): Promise<void> => {
    await authState.keys.transaction(async () => {
      for (let burnt = 0; burnt < count; burnt += 1) await encrypt();
    }, lane);
  };

  const renew = async (addresses: readonly string[]): Promise<string[]> => {
    const jids = addresses.flatMap((address) => jidOfAddress(address) ?? []);
    if (jids.length === 0) return [...addresses];
    try {
      await socket.assertSessions(jids, true);
      return [];
    } catch (error) {
      if (!socket.ws.isOpen || statusOf(error) === TIMED_OUT) throw error;
      const [only] = addresses;
      if (addresses.length === 1 && only !== undefined) return [only];
      const refused: string[] = [];
      for (const address of addresses) refused.push(...(await renew([address])));
      return refused;
    }
  };

  return {
    async burnSession(address, count) {
      const jid = jidOfAddress(address);
      if (jid === undefined) return;
      await burn(jid, count, () => signalRepository.encryptMessage({ jid, data: NOTHING }));
    },
    burnGroup: (group, meId, count) =>
      burn(group, count, () => signalRepository.encryptGroupMessage({ group, meId, data: NOTHING })),
    async renewSessions(addresses) {
      const refused: string[] = [];
      for (let start = 0; start < addresses.length; start += BUNDLES_AT_ONCE) {
        refused.push(...(await renew(addresses.slice(start, start + BUNDLES_AT_ONCE))));
      }
      return refused;
    },
    uploadPreKeys: (count) => socket.uploadPreKeys(count),
  };
};
