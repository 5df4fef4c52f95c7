import { debugFlag, flag, oneOf, text } from "../fields.ts";
import { everyRole, variableNotes as notes } from "../variable-registry.ts";

/** Where and how the processes run. */
export const surroundingsVariables = {
  DEBUG: debugFlag()
    .prefault("false")
    .register(notes, { description: "Log details.", usedBy: everyRole, heroku: "value" }),
  NODE_ENV: oneOf(["production", "development", "test"]).prefault("production").register(notes, {
    description: "`production` logs JSON lines; the others log for people.",
    usedBy: everyRole,
    heroku: "value",
  }),
  HEROKU: flag()
    .prefault("false")
    .register(notes, {
      description: "The bot runs on a Heroku dyno, whose disk is wiped at every restart. Found out by itself there.",
      usedBy: ["runner", "bot", "backup"],
      heroku: "value",
      herokuValue: "true",
    }),
  DYNO: text(1, 128)
    .optional()
    .register(notes, {
      description: "Name of the dyno, for logs and the lease.",
      usedBy: ["runner", "backup"],
      heroku: "provided",
    }),
};
