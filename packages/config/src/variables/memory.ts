import { flag, wholeNumber } from "../fields.ts";
import { variableNotes as notes } from "../variable-registry.ts";

const HOUR_MS = 3_600_000;

/** How much memory there is, and what is done about it. */
export const memoryVariables = {
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
};
