import { renderUnicodeCompact } from "uqr";
import type { Pairing } from "@blacksky/protocol";

/** The pairing as a person at a terminal wants it: the QR itself, or the code and where to type it. */
export const renderPairing = (pairing: Pairing): string | undefined => {
  switch (pairing.state) {
    case "qr":
      return `\n${renderUnicodeCompact(pairing.qr)}\n\nWhatsApp › Linked devices › Link a device: scan this.\n\n`;
    case "code":
      return `\nWhatsApp › Linked devices › Link with phone number: ${pairing.code.slice(0, 4)}-${pairing.code.slice(4)}\n\n`;
    case "paired":
    case "none":
      return undefined;
  }
};
