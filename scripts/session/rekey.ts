import { randomBytes } from "node:crypto";
import { parseEnv } from "@blacksky/config";
import { BlackskyError } from "@blacksky/errors";
import { session } from "@blacksky/protocol";
import { askNewKey, givenNewKey } from "./ask.ts";
import type { Place } from "./place.ts";
import { withBackupWorker } from "./with-worker.ts";

const KEY_BYTES = 32;
/** As SESSION_ENCRYPTION_KEY is read. */
const LEAST_CHARACTERS = 32;
/** Time enough for everything that a session can have saved. */
const DEADLINE_MS = 30 * 60_000;

const refused = (message: string, hint: string): BlackskyError =>
  new BlackskyError("session.newKey", message, { hint });

interface Keys {
  readonly present: string;
  /** Absent where nothing was encrypted. */
  readonly previous: string | undefined;
}

/** The keys after the change. One that is under way in the configuration is finished. */
const chooseKeys = async ({ source }: Place): Promise<Keys> => {
  const { SESSION_ENCRYPTION_KEY: present, SESSION_ENCRYPTION_KEY_PREVIOUS: previous } = parseEnv({
    SESSION_ENCRYPTION_KEY: source["SESSION_ENCRYPTION_KEY"],
    SESSION_ENCRYPTION_KEY_PREVIOUS: source["SESSION_ENCRYPTION_KEY_PREVIOUS"],
  });
  const given = givenNewKey();
  if (previous !== undefined && present !== undefined) {
    if (given === undefined) return { present, previous };
    throw refused(
      "A change of the key is under way: SESSION_ENCRYPTION_KEY_PREVIOUS is set.",
      "Finish it first: run this without a new key, then remove that variable.",
    );
  }
  const wanted = given ?? (await askNewKey());
  if (wanted === present) throw refused("The new key is the present one.", "Make another: --generate prints one.");
  if (wanted.length < LEAST_CHARACTERS) {
    throw refused(
      `The new key is shorter than ${LEAST_CHARACTERS} characters.`,
      "Make another: --generate prints one.",
    );
  }
  return { present: wanted, previous: present };
};

/** `session rekey --generate`: a good key, and nothing else. Nothing is sealed with a key that its owner may not have. */
export const generateKey = async (): Promise<boolean> => {
  console.log(randomBytes(KEY_BYTES).toString("base64url"));
  console.error("Keep it where you keep passwords. Nothing uses it yet: `pnpm session rekey` asks for it.");
  return true;
};

/** `session rekey`: everything that is saved of the session is sealed with another key, and read back with it alone. */
export const rekeySession = async (place: Place): Promise<boolean> => {
  const { present, previous } = await chooseKeys(place);
  const keys = { SESSION_ENCRYPTION_KEY: present, SESSION_ENCRYPTION_KEY_PREVIOUS: previous };
  return withBackupWorker(place, { ...place.source, ...keys }, async (start) => {
    console.error("Should this be interrupted, run it again with the same two keys. Until it is done both are needed.");
    const worker = await start();
    if (worker.status.restoredFrom === "fresh") {
      console.log("There is no session yet, and nothing to seal. The new key can be used at once.");
      return true;
    }
    const deadline = { deadlineMs: DEADLINE_MS };
    const { records, snapshots, files, unreadable } = await worker.channel.request(session.rekey, deadline, deadline);
    await worker.stop();
    console.log("Sealed with the new key, and read back with it alone:");
    console.log(
      `  ${records} records and ${snapshots} snapshots in PostgreSQL, ${files} snapshots in DATA_DIR/backups.`,
    );
    for (const name of unreadable) console.log(`Left as it is, for no key opens it: ${name}`);
    console.log(
      "Now set SESSION_ENCRYPTION_KEY to the new key wherever this bot is configured, before it starts again,",
    );
    console.log("and remove SESSION_ENCRYPTION_KEY_PREVIOUS. The key before opens nothing any more.");
    return true;
  });
};
