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
const odds = z
  .object({
    times,
    skip: z.number().int().nonnegative().max(1000).optional(),
    chance: z.number().min(0).max(1).optional(),
    seed: z.number().int().optional(),
  })
  .optional();
const httpStatus = z.number().int().min(200).max(599);
/** `<failure>` and `<stream:error>` carry HTTP-like codes. */
const reason = z.number().int().min(100).max(999);
/** As it can stand in a stanza. */
const word = z
  .string()
  .regex(/^[\w:-]{1,40}$/, "it is not a word")
  .optional();

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
  nothing: z.object({}),
  stall: z.object({ phone, stalled: z.boolean() }),
  latency: z.object({ ms: delay, jitterMs: delay.optional() }),
  refuse: z.object({ ms: milliseconds }),
  upgrade: z.object({ answer: z.union([httpStatus, z.enum(["silence", "websocket"])]), times }),
  occupied: z.object({ phone, occupied: z.boolean() }),
  streamError: z.object({ phone, code: reason.optional(), condition: word, type: word }),
  refuseLogin: z.object({
    phone: phone.optional(),
    refusal: z
      .object({ reason, code: reason.optional(), expireSeconds: z.number().int().nonnegative().optional() })
      .optional(),
    times,
  }),
  withheld: z.object({ phone, withheld: z.boolean() }),
  withheldAcks: z.object({ phone, withheld: z.boolean(), odds }),
  refuseMessages: z.object({ phone, code: reason.optional(), to: z.string().min(1).optional(), odds }),
  duplicate: z.object({ phone, moment: z.enum(["at-once", "after-receipt"]), duplicated: z.boolean(), odds }),
  damage: z.object({ phone, direction: z.enum(["to-client", "from-client"]), damaged: z.boolean(), odds }),
  loseReceipts: z.object({ phone, side: z.enum(["client", "people"]), lost: z.boolean(), odds }),
  resetWhileSending: z.object({
    phone,
    moment: z.enum(["stanza", "message", "acknowledgement"]),
    reset: z.boolean(),
    odds,
  }),
  refuseQueries: z.object({ phone, code: reason.optional() }),
  qrRefs: z.object({ count: z.number().int().nonnegative().max(20) }),
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

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Optional fields that were not sent are left out, as the in-process API wants them. */
export const withoutUndefined = <T extends object>(input: T): Defined<T> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>;
