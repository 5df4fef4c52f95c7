// `pnpm session`: looks at the session of a bot and carries it from and to other places.
import { parseArgs } from "node:util";
import { describeError, EXIT } from "@blacksky/errors";
import { exportSession, importSession, resumeSession } from "./session/carry.ts";
import { list, show, verify } from "./session/look.ts";
import { findPlace, type Place } from "./session/place.ts";
import { generateKey, rekeySession } from "./session/rekey.ts";
import { restoreSnapshot } from "./session/restore.ts";

const USAGE = `Looks at the session of the bot in DATA_DIR (and SESSION_ID), and carries it from and to other places.

  pnpm session list                        every session in DATA_DIR, those put aside, and the snapshots of the bot's
  pnpm session show                        what the bot's session holds, by kind
  pnpm session verify                      reads every record; ends with 1 when one is damaged

The bot must be stopped for these:

  pnpm session export <name>.bundle        for another host, encrypted; the session has moved then
  pnpm session export <folder>             as the folder of Baileys' useMultiFileAuthState, not encrypted
  pnpm session import <name>.bundle        from another host
  pnpm session import <folder>             a folder of Baileys' useMultiFileAuthState
  pnpm session import <string>             what other bots call SESSION_ID; - reads it from standard input
  pnpm session resume --force              takes a session back whose bundle was never used
  pnpm session restore <id>                puts a snapshot in the place of the session; what is here is kept
  pnpm session rekey                       seals everything that is saved with another key: from SESSION_ENCRYPTION_KEY, or
                                           from none, to NEW_SESSION_ENCRYPTION_KEY, which is asked for where it is not set
  pnpm session rekey --generate            prints a good key, and does nothing else

  --force             import: put a linked session aside that is here (it is kept), and win over a newer replica
                      restore: although what came after the snapshot may be lost
  --without-damaged   import of a folder: leave out key files that are torn or of an unknown kind

A bundle's passphrase is asked for, or taken from BUNDLE_PASSPHRASE.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    force: { type: "boolean", default: false },
    "without-damaged": { type: "boolean", default: false },
    generate: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const flags = { force: values.force, withoutDamaged: values["without-damaged"] };

const run = (place: () => Place): Promise<boolean> | undefined => {
  const [verb, subject, ...rest] = positionals;
  if (rest.length > 0) return undefined;
  if (subject !== undefined) {
    if (verb === "export") return exportSession(place(), subject);
    if (verb === "restore") return restoreSnapshot(place(), subject, values.force);
    return verb === "import" ? importSession(place(), subject, flags) : undefined;
  }
  if (verb === "list") return list(place());
  if (verb === "show") return show(place());
  if (verb === "verify") return verify(place());
  if (verb === "rekey") return values.generate ? generateKey() : rekeySession(place());
  return verb === "resume" ? resumeSession(place(), values.force) : undefined;
};

const main = async (): Promise<number> => {
  const running = values.help ? undefined : run(findPlace);
  if (running === undefined) {
    console.log(USAGE);
    return values.help ? EXIT.ok : EXIT.config;
  }
  return (await running) ? EXIT.ok : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
