import { BufferJSON, initAuthCreds, type AuthenticationCreds } from "@whiskeysockets/baileys";
import { findCredsDefect, isLinked } from "../creds.ts";
import { importRefused } from "../session-errors.ts";

/** Text in Baileys' JSON. Raises `session.importRefused`, quoting nothing of it. */
export const parseBaileysJson = (what: string, text: string, hint?: string): unknown => {
  try {
    return JSON.parse(text, BufferJSON.reviver);
  } catch {
    throw importRefused(`${what} is torn or no JSON`, hint);
  }
};

const YOUNG_FIELDS = [
  "nextPreKeyId",
  "firstUnuploadedPreKeyId",
  "accountSyncCounter",
  "accountSettings",
  "processedHistoryMessages",
] as const satisfies readonly (keyof AuthenticationCreds)[];

const withBeginnings = (creds: AuthenticationCreds): AuthenticationCreds => {
  const initial = initAuthCreds();
  const absent = YOUNG_FIELDS.filter((field) => creds[field] === undefined);
  return { ...creds, ...Object.fromEntries(absent.map((field) => [field, initial[field]])) };
};

/**
 * Credentials from outside, of a linked device, with what versions of Baileys before ours had no word for.
 *
 * @throws BlackskyError `session.importRefused`
 */
export const parseCreds = (text: string): AuthenticationCreds => {
  const parsed = parseBaileysJson("its creds.json", text);
  const defect = findCredsDefect(parsed);
  if (defect !== undefined) throw importRefused(`its credentials are not complete (${defect})`);
  const creds = withBeginnings(parsed as AuthenticationCreds);
  if (!isLinked(creds)) throw importRefused("no phone is linked to it", "Pair this bot instead.");
  return creds;
};
