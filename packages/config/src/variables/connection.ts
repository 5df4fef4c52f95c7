import { flag, httpUrl, quietHours, wholeNumber } from "../fields.ts";
import { variableNotes as notes } from "../variable-registry.ts";

const HOUR_MS = 3_600_000;

/** How the connection to WhatsApp is kept. */
export const connectionVariables = {
  LEASE_TTL: wholeNumber(3_000, 300_000, "milliseconds")
    .prefault("30000")
    .register(notes, {
      description:
        "Milliseconds after which another instance takes over from one that vanished. One that ends in order hands over at once.",
      usedBy: ["backup"],
    }),
  CONNECTION_CHECK_INTERVAL: wholeNumber(100, HOUR_MS, "milliseconds")
    .prefault("60000")
    .register(notes, {
      description: "Milliseconds between the watchdog's probes of the WhatsApp connection.",
      usedBy: ["keeper", "bot"],
      heroku: "value",
    }),
  RECONNECT_INITIAL_DELAY: wholeNumber(10, HOUR_MS, "milliseconds")
    .prefault("3000")
    .register(notes, {
      description:
        "Milliseconds the first attempt to reconnect waits at most; each further one may wait longer. Chance decides.",
      usedBy: ["keeper", "bot"],
      heroku: "value",
    }),
  RECONNECT_MAX_DELAY: wholeNumber(10, HOUR_MS, "milliseconds")
    .prefault("60000")
    .register(notes, {
      description: "Milliseconds no attempt to reconnect waits longer than.",
      usedBy: ["keeper", "bot"],
      heroku: "value",
    }),
  RECONNECT_MAX_RETRIES: wholeNumber(1, 1_000, "attempts")
    .prefault("15")
    .register(notes, {
      description:
        "After so many failed attempts the worker is restarted, the owner alerted, and attempts come every five minutes; they never stop.",
      usedBy: ["keeper", "bot"],
      heroku: "value",
    }),
  SCHEDULED_RECONNECT_HOURS: wholeNumber(0, 168, "hours")
    .prefault("0")
    .register(notes, {
      description: "Hours between planned reconnections; 0 makes none.",
      usedBy: ["keeper"],
      heroku: "value",
    }),
  QUIET_HOURS: quietHours()
    .prefault("0-6")
    .register(notes, {
      description: "Hours of the day without planned reconnections, such as 22-6.",
      usedBy: ["keeper"],
      heroku: "value",
    }),
  ENABLE_ANTI_IDLE: flag()
    .prefault("true")
    .register(notes, {
      description:
        "Call the bot's own public address regularly, so that a platform that sleeps idle apps keeps it awake.",
      usedBy: ["keeper"],
      heroku: "value",
    }),
  ANTI_IDLE_INTERVAL: wholeNumber(1_000, 24 * HOUR_MS, "milliseconds")
    .prefault("1500000")
    .register(notes, { description: "Milliseconds between those calls.", usedBy: ["keeper"], heroku: "value" }),
  HEROKU_APP_URL: httpUrl()
    .optional()
    .register(notes, {
      description: "The bot's public address, such as https://your-app.herokuapp.com; what anti-idle calls.",
      usedBy: ["runner", "keeper"],
      heroku: "value",
    }),
};
