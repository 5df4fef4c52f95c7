import { WA_CERT_DETAILS } from "@whiskeysockets/baileys";

/** Makes the Baileys of this process trust a simulator's root key instead of WhatsApp's; the library stays as it is. */
export const trustRoot = (rootKeyHex: string): void => {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKeyHex, "hex");
};
