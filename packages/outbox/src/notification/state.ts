import type { Pardon } from "./refusal.ts";

/** What a notification has behind it. Times in epoch milliseconds. */
export interface Course {
  /** Attempts that count, the present one included. */
  readonly attempts: number;
  /** How often the process ended in the middle of an attempt. */
  readonly rescues: number;
  /** Refusals that have had their one further attempt. */
  readonly pardons: readonly Pardon[];
  /** Not sent after this. */
  readonly expiresAt: number | null;
  /** Why the last attempt failed, for people. */
  readonly problem: string | null;
  readonly changedAt: number;
}

/** Handed in, to be sent later. It stands in no line yet. */
export type Scheduled = Course & { readonly status: "scheduled"; readonly dueAt: number };
/** Stands in its chat's line. */
export type Available = Course & { readonly status: "available" };
/** An attempt is being made. `generation` tells it from every other; `unwanted`: a person has cancelled it meanwhile. */
export type Executing = Course & {
  readonly status: "executing";
  readonly generation: number;
  readonly unwanted: boolean;
};
/** At the head of its chat's line, which waits with it until it is due. */
export type Retryable = Course & { readonly status: "retryable"; readonly dueAt: number };
/** The server has it. */
export type Sent = Course & { readonly status: "sent" };
/** The recipient has it. */
export type Delivered = Course & { readonly status: "delivered" };
/** Given up, until a person has it tried again or does not want it any more. */
export type Discarded = Course & { readonly status: "discarded" };
/** A person did not want it any more. */
export type Cancelled = Course & { readonly status: "cancelled" };

export type NotificationMachineState =
  | Scheduled
  | Available
  | Executing
  | Retryable
  | Sent
  | Delivered
  | Discarded
  | Cancelled;
export type NotificationStatusName = NotificationMachineState["status"];

/** Still to be sent. */
export type Pending = Scheduled | Available | Executing | Retryable;

/** Whether it is still to be sent. */
export const isPending = (state: NotificationMachineState): state is Pending =>
  state.status === "available" ||
  state.status === "executing" ||
  state.status === "retryable" ||
  state.status === "scheduled";

/** In the middle of an attempt of which nothing else is known any more. */
export const inAttempt = (state: Available | Retryable): Executing => {
  const { attempts, rescues, pardons, expiresAt, problem, changedAt } = state;
  const course: Course = { attempts: attempts + 1, rescues, pardons, expiresAt, problem, changedAt };
  return { status: "executing", generation: 0, unwanted: false, ...course };
};

/** One that the server has had since then, after so many attempts. */
export const acceptedAt = (state: Pending, changedAt: number, attempts: number): Sent => {
  const { rescues, pardons, expiresAt, problem } = state;
  return { status: "sent", attempts, rescues, pardons, expiresAt, problem, changedAt };
};

/** One that was just handed in; times in epoch milliseconds. */
export const newNotification = (
  now: number,
  notBefore: number = now,
  expiresAt: number | null = null,
): Scheduled | Available => {
  const course: Course = { attempts: 0, rescues: 0, pardons: [], expiresAt, problem: null, changedAt: now };
  return notBefore > now ? { status: "scheduled", dueAt: notBefore, ...course } : { status: "available", ...course };
};
