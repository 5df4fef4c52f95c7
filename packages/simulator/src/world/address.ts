import { createHash, randomBytes, randomInt } from "node:crypto";
import { jidDecode, jidEncode } from "@whiskeysockets/baileys";
import { failure } from "../failure.ts";

/** How a person's or a group's stanzas are addressed: by phone number or by LID. */
export type Addressing = "pn" | "lid";

const PHONE_DOMAIN = "s.whatsapp.net";
const LID_DIGITS = 14;

/** The `user` of a LID for a phone number: 15 digits, always the same for one number. */
export const lidUserOf = (phone: string): string => {
  const digest = createHash("sha256").update(phone).digest();
  return `1${(digest.readBigUInt64BE() % 10n ** BigInt(LID_DIGITS)).toString().padStart(LID_DIGITS, "0")}`;
};

/** A new group id, `<18 digits>@g.us`. */
export const newGroupId = (): string => `120363${randomInt(10 ** 11, 10 ** 12)}@g.us`;

/** A message id as a phone makes them: `3A` and 18 hexadecimal digits. */
export const newMessageId = (): string => `3A${randomBytes(9).toString("hex").toUpperCase()}`;

/** Phone-number JID; device 0, the phone, is not written. */
export const phoneJid = (phone: string, device = 0): string => jidEncode(phone, PHONE_DOMAIN, device);

/** LID JID; device 0, the phone, is not written. */
export const lidJid = (lidUser: string, device = 0): string => jidEncode(lidUser, "lid", device);

/** `user` and `device` of a JID; undefined when it is none. */
export const parseJid = (jid: string | undefined): { user: string; server: string; device: number } | undefined => {
  const decoded = jid === undefined ? undefined : jidDecode(jid);
  return decoded && { user: decoded.user, server: decoded.server, device: decoded.device ?? 0 };
};

/** A phone number from any spelling: digits only, with the country code. Throws `simulator.bad-input` naming the field. */
export const parsePhone = (input: string, field = "phone"): string => {
  const digits = (input.split("@")[0] ?? "").replaceAll(/[\s()+-]/g, "");
  if (/^[1-9]\d{4,14}$/.test(digits)) return digits;
  throw failure(
    "simulator.bad-input",
    `The field "${field}" is not a phone number.`,
    "Give 5 to 15 digits with the country code, such as 4915550001.",
  );
};
