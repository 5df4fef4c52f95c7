import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { BlackskyError } from "@blacksky/errors";
import {
  clearMoved,
  installSession,
  movedAt,
  readBundle,
  readCredsString,
  readFolder,
  writeBundle,
  writeFolder,
  type OpenBundle,
  type SessionSource,
} from "@blacksky/session";
import { askPassphrase, readStandardInput } from "./ask.ts";
import { whileStopped } from "./lock.ts";
import { withStore, type Place } from "./place.ts";

const BUNDLE = ".bundle";

/** `session export <folder|file.bundle>`. */
export const exportSession = (place: Place, target: string): Promise<boolean> =>
  whileStopped(place.dataDir, async () => {
    const path = resolve(target);
    if (!target.endsWith(BUNDLE)) {
      const files = await withStore(place.storePath, "read", (store) => {
        const at = movedAt(store);
        if (at === undefined) return writeFolder(store, path);
        throw new BlackskyError("session.moved", `The session left this place on ${at}.`, {
          hint: "If the bundle was never used, `pnpm session resume --force` takes it back.",
        });
      });
      console.log(`Written: ${files} files in ${path}, as Baileys' useMultiFileAuthState reads them.`);
      console.log("They are not encrypted. Never run two bots on one session: do not start this one any more.");
      return true;
    }
    const passphrase = await askPassphrase("new");
    const { sessionId } = place;
    const records = await withStore(place.storePath, "write", (store) =>
      writeBundle({ store, sessionId, path, passphrase, at: new Date() }),
    );
    console.log(`Written: ${records} records in ${path}.`);
    console.log("The session has moved: no bot opens it here. Import the bundle once, on the other host.");
    return true;
  });

const openSource = async (from: string, withoutDamaged: boolean): Promise<SessionSource | OpenBundle> => {
  if (from === "-") return readCredsString(await readStandardInput());
  if (from.endsWith(BUNDLE)) return readBundle(resolve(from), await askPassphrase("known"));
  if (!existsSync(from)) return readCredsString(from);
  if (statSync(from).isDirectory()) return readFolder(resolve(from), { withoutDamaged });
  throw new BlackskyError("session.importRefused", "This file is neither a folder nor a .bundle.", {
    hint: "For a creds.json by itself: pnpm session import - < creds.json",
  });
};

/** What `session import` may be told besides. */
export interface ImportFlags {
  /** See `InstallOptions`. */
  readonly force: boolean;
  /** See `ReadFolderOptions`. */
  readonly withoutDamaged: boolean;
}

/** `session import <folder|file.bundle|string|->`. */
export const importSession = (place: Place, from: string, { force, withoutDamaged }: ImportFlags): Promise<boolean> =>
  whileStopped(place.dataDir, async () => {
    const source = await openSource(from, withoutDamaged);
    try {
      const installed = await installSession({ path: place.storePath, source, force, at: new Date() });
      for (const warning of source.warnings) console.log(`Mind: ${warning}`);
      if (installed.archivedTo !== undefined) console.log(`What was here is kept in ${installed.archivedTo}.`);
      console.log(`Imported: ${installed.records} records. The next start goes on with this session.`);
      return true;
    } finally {
      if ("close" in source) await source.close();
    }
  });

/** `session resume --force`: takes back a session that was exported as a bundle. */
export const resumeSession = (place: Place, force: boolean): Promise<boolean> =>
  whileStopped(place.dataDir, () =>
    withStore(place.storePath, "write", (store) => {
      if (movedAt(store) === undefined) {
        console.log("This session has not moved away.");
        return true;
      }
      if (!force) {
        throw new BlackskyError("session.moved", "The session may be running on another host.", {
          hint: "If you are sure that its bundle was never used, say --force.",
        });
      }
      clearMoved(store);
      console.log("The session lives here again. Destroy the bundle.");
      return true;
    }),
  );
