import { describeError } from "@blacksky/errors";
import type { Logger } from "@blacksky/logger";
import type { Clock } from "@blacksky/machine";
import type { Pairing } from "@blacksky/protocol";
import type { WhatsAppSocket } from "../socket/whatsapp-socket.ts";
import { renderPairing } from "./terminal.ts";

/** As long as a socket shows QRs (60 s and five times 20 s) it also accepts the code. */
const CODE_LIFETIME_MS = 160_000;

export interface PairingDeskOptions {
  /** Digits with country code; pair by code for this number. */
  readonly number: string | undefined;
  readonly publish: (pairing: Pairing) => void;
  /** Writes to the terminal; `undefined` where nobody sits at one, since logs are kept. */
  readonly print: ((text: string) => void) | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Shows people what they need to link the bot. */
export interface PairingDesk {
  /** The socket waits to be linked and has a QR; with a number configured it is asked for a code instead, once. */
  qrShown(socket: Pick<WhatsAppSocket, "requestPairingCode">, qr: string, expiresAt: number): void;
  paired(): void;
  /** The bot is not linked, and nothing is shown for the moment. */
  withdrawn(): void;
}

/** A desk with nothing on it. */
export const createPairingDesk = (options: PairingDeskOptions): PairingDesk => {
  const { number, clock, log } = options;
  let shown: Pairing["state"] | undefined;
  let codeAskedOf: object | undefined;
  let pointedToPage = false;

  const show = (pairing: Pairing): void => {
    shown = pairing.state;
    options.publish(pairing);
    const text = renderPairing(pairing);
    if (text === undefined) return;
    if (options.print !== undefined) options.print(text);
    else if (!pointedToPage) log.info("The bot is not linked to a phone yet. Open /pair in a browser to link it.");
    pointedToPage = true;
  };

  const askForCode = async (socket: Pick<WhatsAppSocket, "requestPairingCode">, digits: string): Promise<void> => {
    if (codeAskedOf === socket) return;
    codeAskedOf = socket;
    try {
      const code = await socket.requestPairingCode(digits);
      if (codeAskedOf === socket) show({ state: "code", code, expiresAt: clock.now() + CODE_LIFETIME_MS });
    } catch (error) {
      log.warn(`WhatsApp gave no pairing code: ${describeError(error)}`, { error });
    }
  };

  return {
    qrShown(socket, qr, expiresAt) {
      if (number === undefined) show({ state: "qr", qr, expiresAt });
      else void askForCode(socket, number);
    },
    paired() {
      codeAskedOf = undefined;
      if (shown !== "paired") show({ state: "paired" });
    },
    withdrawn() {
      codeAskedOf = undefined;
      if (shown !== "none") show({ state: "none" });
    },
  };
};
