import { WA_CERT_DETAILS } from "@whiskeysockets/baileys";

/**
 * Makes Baileys trust another server's certificates instead of WhatsApp's. Only ever called together with another
 * `WHATSAPP_WS_URL`: the simulator's.
 *
 * @param rootKeyHex the server's root public key, 32 bytes in hexadecimal
 */
export const trustRootKey = (rootKeyHex: string): void => {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKeyHex, "hex");
};
