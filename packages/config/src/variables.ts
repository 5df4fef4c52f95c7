import {
  debugFlag,
  flag,
  httpUrl,
  language,
  matching,
  oneOf,
  phoneNumber,
  phoneNumbers,
  port,
  postgresUrl,
  quietHours,
  text,
  timeZone,
  webSocketUrl,
  wholeNumber,
} from "./fields.ts";
import { everyRole, variableNotes as notes } from "./variable-registry.ts";

const HOUR_MS = 3_600_000;

/** Every variable, once: how it is read, its default (as it would be written), and what it means. */
export const variables = {
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

  DATABASE_URL: postgresUrl()
    .optional()
    .register(notes, {
      description:
        "PostgreSQL that keeps the session when the disk is wiped. Without it an embedded PostgreSQL under DATA_DIR is used where its package is installed, else the session is local only.",
      usedBy: ["backup"],
      secret: true,
      heroku: "provided",
    }),
  DATA_DIR: text(1, 4096)
    .prefault(".data")
    .register(notes, {
      description: "Folder of the local store, local backups and the embedded PostgreSQL.",
      usedBy: ["runner", "bot", "backup"],
    }),
  SESSION_ENCRYPTION_KEY: text(32, 4096)
    .optional()
    .register(notes, {
      description:
        "Encrypts the session's rows, snapshots and backup files. Keep it: without it they cannot be read again. Left empty, nothing is encrypted.",
      usedBy: ["backup"],
      secret: true,
      heroku: "generate",
    }),
  ENABLE_SESSION_BACKUP: flag()
    .prefault("true")
    .register(notes, {
      description: "Take versioned snapshots of the session. Replication to the database is continuous either way.",
      usedBy: ["backup"],
      heroku: "value",
    }),
  BACKUP_INTERVAL: wholeNumber(1, 10_080, "minutes")
    .prefault("30")
    .register(notes, { description: "Minutes between snapshots.", usedBy: ["backup"], heroku: "value" }),
  BACKUP_RETENTION: wholeNumber(1, 10_000, "snapshots")
    .prefault("48")
    .register(notes, { description: "How many snapshots are kept.", usedBy: ["backup"], heroku: "value" }),
  INBOX_DURABILITY: oneOf(["local", "replicated"])
    .prefault("local")
    .register(notes, {
      description:
        "How safe an incoming message is before WhatsApp is told it arrived: `local` survives a crash, `replicated` also the loss of the disk.",
      usedBy: ["bot"],
    }),

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
      description: "Milliseconds before the first attempt to reconnect; each further one waits longer.",
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

  ENABLE_MEMORY_OPTIMIZATION: flag()
    .prefault("true")
    .register(notes, {
      description: "Watch the memory of all processes and act before the platform kills them.",
      usedBy: ["runner", "bot"],
      heroku: "value",
    }),
  MEMORY_CLEANUP_THRESHOLD: wholeNumber(1, 100, "percent")
    .prefault("70")
    .register(notes, {
      description: "Percent of the memory quota from which caches are trimmed.",
      usedBy: ["runner"],
      heroku: "value",
    }),
  MEMORY_EMERGENCY_THRESHOLD: wholeNumber(1, 100, "percent")
    .prefault("85")
    .register(notes, {
      description: "Percent of the memory quota from which workers are restarted one by one.",
      usedBy: ["runner"],
      heroku: "value",
    }),
  MEMORY_CHECK_INTERVAL: wholeNumber(100, HOUR_MS, "milliseconds")
    .prefault("10000")
    .register(notes, { description: "Milliseconds between looks at the memory.", usedBy: ["runner"], heroku: "value" }),
  MAX_MEMORY_MB: wholeNumber(64, 1_048_576, "megabytes")
    .optional()
    .register(notes, {
      description: "The memory quota in megabytes; detected when absent.",
      usedBy: ["runner"],
      heroku: "value",
    }),

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

  WHATSAPP_WS_URL: webSocketUrl()
    .optional()
    .register(notes, {
      description: "Another server in place of WhatsApp: the simulator, in development and tests.",
      usedBy: ["bot"],
    }),
  WHATSAPP_ROOT_KEY: matching(/^[0-9a-fA-F]{64}$/, "64 hexadecimal digits")
    .optional()
    .register(notes, { description: "Noise root key of that server, in hexadecimal.", usedBy: ["bot"], secret: true }),

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

/** The name of a variable. */
export type VariableName = keyof typeof variables;
