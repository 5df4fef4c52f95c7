import { flag, matching, port, text } from "../fields.ts";
import { variableNotes as notes } from "../variable-registry.ts";

/** The web ports and what opens them. */
export const webVariables = {
  PORT: port()
    .prefault("3000")
    .register(notes, {
      description: "Public web port: dashboard, pairing page, API and health.",
      usedBy: ["runner"],
      heroku: "provided",
    }),
  LISTEN_HOST: text(1, 255)
    .prefault("0.0.0.0")
    .register(notes, {
      description: "Address both web ports listen on; 127.0.0.1 keeps them on this machine.",
      usedBy: ["runner"],
    }),
  ENABLE_HEALTH_CHECK: flag()
    .prefault("true")
    .register(notes, { description: "Open HEALTH_CHECK_PORT.", usedBy: ["runner"], heroku: "value" }),
  HEALTH_CHECK_PORT: port()
    .prefault("28111")
    .register(notes, {
      description: "Second port for monitors: health, status and metrics, and nothing that needs a token.",
      usedBy: ["runner"],
      heroku: "value",
    }),
  ADMIN_TOKEN: matching(/^[\x21-\x7e]{16,512}$/, "16 to 512 printable characters without spaces")
    .optional()
    .register(notes, {
      description:
        "Opens the dashboard, the pairing page and the API (`Authorization: Bearer …`). Left empty, one is generated and kept in DATA_DIR.",
      usedBy: ["runner"],
      secret: true,
      heroku: "generate",
    }),
};
