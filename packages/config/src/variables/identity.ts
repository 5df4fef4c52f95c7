import { language, matching, phoneNumber, phoneNumbers, text, timeZone } from "../fields.ts";
import { everyRole, variableNotes as notes } from "../variable-registry.ts";

/** Who the bot is and who it belongs to. */
export const identityVariables = {
  SESSION_ID: matching(
    // It names folders, where dots alone lead elsewhere.
    /^(?!\.+$)[A-Za-z0-9._-]{1,64}$/,
    "1 to 64 letters, digits, dots, dashes or underscores, and not dots alone",
  )
    .prefault("BLACKSKY-MD")
    .register(notes, {
      description: "Names this bot: every row and file it keeps carries it, so several bots can share one database.",
      usedBy: ["runner", "bot", "backup"],
      heroku: "value",
    }),
  BOT_NAME: text(1, 64)
    .prefault("BLACKSKY-MD")
    .register(notes, {
      description: "What the bot calls itself in its replies and in WhatsApp's list of linked devices.",
      usedBy: ["runner", "bot"],
      heroku: "value",
    }),
  PREFIX: matching(/^[^\s\w]{1,3}$/, "one to three signs such as . or !")
    .prefault(".")
    .register(notes, { description: "What a command begins with.", usedBy: ["bot"], heroku: "value" }),
  LANGUAGE: language()
    .prefault("en")
    .register(notes, {
      description: "Language of the bot's replies and notices.",
      usedBy: ["runner", "bot"],
      heroku: "value",
    }),
  TZ: timeZone().prefault("UTC").register(notes, {
    description: "Time zone of quiet hours and of the times people read.",
    usedBy: everyRole,
    heroku: "value",
  }),
  OWNER_NUMBER: phoneNumbers()
    .prefault("")
    .register(notes, {
      description:
        "Who may give owner commands and gets notices: phone numbers with country code, separated by commas.",
      usedBy: ["bot"],
      secret: true,
      heroku: "value",
    }),
  PAIRING_NUMBER: phoneNumber()
    .optional()
    .register(notes, {
      description: "Pair by an eight-character code for this phone number instead of a QR code.",
      usedBy: ["bot"],
      secret: true,
      heroku: "value",
    }),
};
