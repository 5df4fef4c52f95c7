import { defineEvent } from "@blacksky/ipc";
import * as z from "zod";

const count = z.number().int().nonnegative();

/** How many messages wait for the server, wait for another try, were given up, and were accepted by the server. */
export const queueCounts = z.object({ pending: count, retrying: count, dead: count, delivered: count });

/** Bot to runner: the counts have changed. */
export const counted = defineEvent("outbox.counted", "childToParent", queueCounts);
