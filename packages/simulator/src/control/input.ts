import { z } from "zod";
import { failure } from "../failure.ts";

const phone = z.string().min(1);
const text = z.string().min(1).max(65_536);
const name = z.string().min(1).max(100).optional();
const addressing = z.enum(["pn", "lid"]).optional();

/** An hour is more than any wait or outage needs, and keeps timers in their range. */
const milliseconds = z.number().int().positive().max(3_600_000);

const delay = z.number().int().nonnegative().max(60_000);
const times = z.number().int().positive().max(1000).optional();
const httpStatus = z.number().int().min(200).max(599);
/** What each path of the control plane takes. */
export const INPUT = {
  account: z.object({ phone, name }),
  person: z.object({ phone, name, addressing, reads: z.boolean().optional() }),
  group: z.object({ subject: z.string().min(1).max(100), members: z.array(phone).min(1), addressing }),
  scan: z.object({ qr: z.string().min(1) }),
  code: z.object({ code: z.string().min(1) }),
  say: z.object({ to: z.string().min(1), text }),
  ask: z.object({ to: z.string().min(1), text, deadlineMs: milliseconds }),
  messages: z.object({ after: z.coerce.number().nonnegative().default(0) }),
  phone: z.object({ phone }),
  maybePhone: z.object({ phone: phone.optional() }),
  stall: z.object({ phone, stalled: z.boolean() }),
  latency: z.object({ ms: delay, jitterMs: delay.optional() }),
  refuse: z.object({ ms: milliseconds }),
  upgrade: z.object({ answer: z.union([httpStatus, z.enum(["silence", "websocket"])]), times }),
  withheld: z.object({ phone, withheld: z.boolean() }),
} as const;

/** Checks what came over HTTP. Throws `simulator.bad-input` with a sentence naming the first wrong field. */
export const parseInput = <T extends z.ZodType>(schema: T, received: unknown): z.output<T> => {
  const parsed = schema.safeParse(received ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") ?? "";
  const where = field === "" ? "The body" : `The field "${field}"`;
  throw failure(
    "simulator.bad-input",
    `${where} is not accepted: ${issue?.message ?? "it is not valid"}.`,
    "Send JSON with the fields that GET / lists for this path.",
  );
};
