import { flag, oneOf, postgresUrl, text, wholeNumber } from "../fields.ts";
import { variableNotes as notes } from "../variable-registry.ts";

/** Where the session lives. */
export const sessionVariables = {
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
  SESSION_ENCRYPTION_KEY_PREVIOUS: text(32, 4096)
    .optional()
    .register(notes, {
      description:
        "The key before SESSION_ENCRYPTION_KEY, after a change of it: opens what it has sealed, until all is sealed anew. The log and /health say when it can go.",
      usedBy: ["backup"],
      secret: true,
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
    .prefault("replicated")
    .register(notes, {
      description:
        "How safe an incoming message is before WhatsApp is told it arrived, and one to be sent before it is accepted: `local` survives a crash, `replicated` also the loss of the disk, where there is a PostgreSQL.",
      usedBy: ["runner", "bot"],
    }),
};
