import { defineEvent, defineRequest } from "@blacksky/ipc";
import * as z from "zod";

const nothing = z.object({});

/**
 * The first message of every worker, sent by `startWorker` of `@blacksky/supervisor/worker` (which also answers `ping`,
 * obeys `shutdown` and ends the worker when the parent is gone). A version that is not the parent's ends both
 * with `EXIT.protocol`.
 */
export const hello = defineEvent(
  "control.hello",
  "childToParent",
  z.object({ protocolVersion: z.number().int(), build: z.string(), pid: z.number().int().positive() }),
);

/** The worker accepts work, or stands by for it; the next child may start. */
export const ready = defineEvent("control.ready", "childToParent", nothing);

/** The worker takes no new work and finishes what it has. */
export const draining = defineEvent("control.draining", "childToParent", nothing);

/** V8's view of one worker; the parent measures what the kernel counts by itself. */
export const memorySampled = defineEvent(
  "control.memorySampled",
  "childToParent",
  z.object({ heapUsedBytes: z.number().nonnegative(), heapLimitBytes: z.number().positive() }),
);

/** Memory runs short: let go of what can be had again. */
export const trimRequested = defineEvent("control.trimRequested", "parentToChild", nothing);

/** Somebody with the right to do so asks for a planned restart of one worker, or of all. */
export const restartRequested = defineEvent(
  "control.restartRequested",
  "childToParent",
  z.object({ scope: z.enum(["bot", "all"]), reason: z.string() }),
);

/** Drain, flush and end. `unfinished` counts what had to be left undone at the deadline. */
export const shutdown = defineRequest("control.shutdown", "parentToChild", {
  body: z.object({ deadlineMs: z.number().int().positive() }),
  reply: z.object({ unfinished: z.number().int().nonnegative() }),
});

/** Are you alive? Answered from the worker's event loop, so a loop that is stuck does not answer. */
export const ping = defineRequest("control.ping", "parentToChild", { body: nothing, reply: nothing });
