import { httpUrl, oneOf } from "../fields.ts";
import { variableNotes as notes } from "../variable-registry.ts";

/** Who is told what. */
export const noticesVariables = {
  OWNER_NOTICES: oneOf(["off", "important", "all"])
    .prefault("important")
    .register(notes, {
      description: "Which notices the owner gets in WhatsApp: `off`, `important` or `all`.",
      usedBy: ["bot"],
      heroku: "value",
    }),
  ALERT_WEBHOOK_URL: httpUrl()
    .optional()
    .register(notes, {
      description: "Gets alerts as JSON by POST, for when WhatsApp itself is the problem.",
      usedBy: ["runner"],
      secret: true,
      heroku: "value",
    }),
};
