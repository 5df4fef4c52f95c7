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

/** The session was handed over to another host. */
export const sessionMoved = (at: string): BlackskyError =>
  new BlackskyError("session.moved", `The session left this place on ${at}, as a bundle for another host.`, {
    hint: "It must not run in two places. If the bundle was never used, `pnpm session resume --force` takes it back.",
  });

/** What is to be brought in cannot be used. Nothing of it may be quoted. */
export const importRefused = (problem: string, hint?: string): BlackskyError =>
  new BlackskyError("session.importRefused", `The session cannot be imported: ${problem}. Nothing was changed.`, {
    ...(hint === undefined ? {} : { hint }),
  });

/** Something is in the way of what is to be written. */
export const exportRefused = (problem: string, hint?: string): BlackskyError =>
  new BlackskyError("session.exportRefused", `The session cannot be exported: ${problem}.`, {
    ...(hint === undefined ? {} : { hint }),
  });

/** A bundle that is not what was written: torn, altered, or no bundle at all. */
export const bundleDamaged = (problem: string): BlackskyError =>
  new BlackskyError("session.bundleDamaged", `The bundle cannot be read: ${problem}.`, {
    hint: "Copy it again from where it was exported, in binary mode.",
  });

/** The passphrase does not open the bundle, whose checksum is right. */
export const wrongPassphrase = (): BlackskyError =>
  new BlackskyError("session.wrongPassphrase", "The passphrase does not open this bundle. Nothing was changed.", {
    hint: "Use the passphrase that was given at the export.",
  });
