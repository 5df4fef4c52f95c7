import { matching, webSocketUrl } from "../fields.ts";
import { variableNotes as notes } from "../variable-registry.ts";

/** Which server the socket speaks with. */
export const serverVariables = {
  WHATSAPP_WS_URL: webSocketUrl()
    .optional()
    .register(notes, {
      description: "Another server in place of WhatsApp: the simulator, in development and tests.",
      usedBy: ["bot"],
    }),
  WHATSAPP_ROOT_KEY: matching(/^[0-9a-fA-F]{64}$/, "64 hexadecimal digits")
    .optional()
    .register(notes, { description: "Noise root key of that server, in hexadecimal.", usedBy: ["bot"], secret: true }),
};
