import { oneOf, receiverUrls } from "../fields.ts";
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
  ALERT_WEBHOOK_URL: receiverUrls(["json", "ntfy", "slack", "discord", "telegram"])
    .prefault("")
    .register(notes, {
      description:
        "Gets alerts, for when WhatsApp itself is the problem: an address of ntfy, Slack, Discord or Telegram, or any other, which gets JSON by POST. Several are separated by spaces.",
      usedBy: ["runner"],
      secret: true,
      heroku: "value",
    }),
};
