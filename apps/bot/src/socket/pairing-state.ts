import type { AuthenticationCreds } from "@whiskeysockets/baileys";

/** True once the phone has confirmed the link. A requested pairing code sets `me` long before that. */
export const isPaired = (creds: AuthenticationCreds): boolean => creds.me !== undefined && creds.account !== undefined;

/**
 * Takes back a pairing code that was asked for and never confirmed: with its `me` the next socket would log in instead
 * of pairing, and be refused with 401. The identity itself is kept. Returns whether there was something to take back.
 */
export const dropHalfDonePairing = (creds: AuthenticationCreds): boolean => {
  if (isPaired(creds) || (creds.me === undefined && creds.pairingCode === undefined)) return false;
  delete creds.me;
  creds.pairingCode = undefined;
  creds.registered = false;
  return true;
};
