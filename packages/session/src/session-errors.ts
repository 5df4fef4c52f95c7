import { BlackskyError } from "@blacksky/errors";

/*
 * None of these carries a cause: a parser's message quotes what it could not parse, and all of this is secret.
 */
const RESTORE_HINT = "Restore the session from the database: move DATA_DIR/store away and start again.";

/** The credentials cannot be what a device had. */
export const credsCorrupt = (problem: string): BlackskyError =>
  new BlackskyError("session.credsCorrupt", `The credentials of the session are damaged: ${problem}.`, {
    hint: RESTORE_HINT,
  });

/** There are Signal keys, and no credentials that they belong to. */
export const credsMissing = (): BlackskyError =>
  new BlackskyError("session.credsMissing", "The session has keys but no credentials.", { hint: RESTORE_HINT });

/** The store is empty, and nobody has made sure that it may be. */
export const notRestored = (): BlackskyError =>
  new BlackskyError(
    "session.notRestored",
    "The local store is empty, and nobody has looked whether there is a session to restore.",
    { hint: "The backup worker does that before the bot starts; start the runner, not the bot alone." },
  );

/** One record cannot be read. Its kind may be said; its id may be an address and may not. */
export const recordCorrupt = (kind: string, problem: string): BlackskyError =>
  new BlackskyError("session.recordCorrupt", `A ${kind} record of the session is damaged: ${problem}.`, {
    hint: RESTORE_HINT,
  });

/** Baileys keeps a kind of key that this build does not know. */
export const unknownKind = (kind: string): BlackskyError =>
  new BlackskyError("session.unknownKind", `Baileys keeps a kind of key that is not known here: ${kind}.`, {
    hint: "Use the Baileys version that this release pins.",
  });
