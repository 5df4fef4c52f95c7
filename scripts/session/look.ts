import { inspectSession, movedAt, type SessionInspection } from "@blacksky/session";
import { ORIGIN_META } from "@blacksky/session";
import { describeError } from "@blacksky/errors";
import { findOccupant } from "./lock.ts";
import { findSessions, withStore, type Place } from "./place.ts";
import { printSnapshots } from "./print-snapshots.ts";
import { sizeOf } from "./size-of.ts";

const totals = ({ kinds }: SessionInspection): string => {
  const count = kinds.reduce((sum, kind) => sum + kind.count, 0);
  const bytes = kinds.reduce((sum, kind) => sum + kind.bytes, 0);
  return `${count} records, ${sizeOf(bytes)}`;
};

/** `session list`: every store below DATA_DIR, and the snapshots of the bot's session. */
export const list = async (place: Place): Promise<boolean> => {
  const found = findSessions(place);
  if (found.length === 0) console.log("There is no session here.");
  for (const { name, path } of found) {
    try {
      await withStore(path, "read", (store) => {
        const inspection = inspectSession(store);
        const state = movedAt(store) === undefined ? inspection.creds : "moved";
        const soundness = inspection.sound ? "" : ", damaged";
        console.log(`${name}\n  ${state}, ${totals(inspection)}, position ${store.position}${soundness}`);
      });
    } catch (error) {
      console.log(`${name}\n  cannot be read: ${describeError(error)}`);
    }
  }
  await printSnapshots(place);
  return true;
};

/** `session show`: what the bot's store holds, by kind; neither a key nor an address. */
export const show = async (place: Place): Promise<boolean> =>
  withStore(place.storePath, "read", (store) => {
    const inspection = inspectSession(store);
    const moved = movedAt(store);
    const running = findOccupant(place.dataDir) === undefined ? "stopped" : "running";
    console.log(`Session      ${place.sessionId} (${running})`);
    console.log(`Store        ${place.storePath}`);
    console.log(`Credentials  ${inspection.creds}`);
    console.log(`Origin       ${store.meta.get(ORIGIN_META) ?? "unknown"}`);
    console.log(`Position     ${store.position}`);
    console.log(`Replica      ${store.meta.get("replica.id") === undefined ? "none yet" : "known"}`);
    if (moved !== undefined) console.log(`Moved away   ${moved}: no bot opens it here`);
    console.log(`Records      ${totals(inspection)}`);
    for (const { kind, count, bytes } of inspection.kinds) {
      console.log(`  ${kind.padEnd(24)} ${String(count).padStart(7)} ${sizeOf(bytes).padStart(10)}`);
    }
    return true;
  });

/** `session verify`: reads and decodes every record; false when something is wrong. */
export const verify = async (place: Place): Promise<boolean> =>
  withStore(place.storePath, "read", (store) => {
    const { kinds, creds, sound } = inspectSession(store);
    for (const { kind, count, damaged } of kinds) {
      console.log(`${damaged === 0 ? "good   " : "DAMAGED"}  ${kind.padEnd(24)} ${count - damaged} of ${count}`);
    }
    console.log(`${sound ? "good   " : "DAMAGED"}  credentials ${creds}`);
    if (!sound) {
      console.log("\nKeep this store. Restore the session from its replica: move the store away and start the bot.");
    }
    return sound;
  });
