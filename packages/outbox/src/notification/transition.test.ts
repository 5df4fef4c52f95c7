import { checkTable } from "@blacksky/whatsapp/testing";
import type { NotificationEffect } from "./effect.ts";
import type { NotificationEvent } from "./event.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import type { Course, NotificationMachineState, NotificationStatusName } from "./state.ts";
import { transitionNotification } from "./transition.ts";

const NOW = 1_000_000;
const G = 7;
const { maxAttempts, maxRescues, quickRescues } = DEFAULT_SETTINGS;

const course: Course = { attempts: 3, rescues: 0, pardons: [], expiresAt: null, problem: null, changedAt: 1 };
const executing = { status: "executing", generation: G, unwanted: false, ...course } as const;

/** The states, those with several faces by each of them. */
const STATES = {
  scheduled: { status: "scheduled", dueAt: NOW, ...course, attempts: 0 },
  scheduledEarly: { status: "scheduled", dueAt: NOW + 1, ...course, attempts: 0 },
  available: { status: "available", ...course },
  availableUntried: { status: "available", ...course, attempts: 0 },
  executing,
  executingUnwanted: { ...executing, unwanted: true },
  executingPardoned: { ...executing, pardons: ["restricted", "stale"] },
  executingLast: { ...executing, attempts: maxAttempts },
  executingRescued: { ...executing, rescues: quickRescues },
  executingDoomed: { ...executing, rescues: maxRescues },
  retryable: { status: "retryable", dueAt: NOW, ...course },
  retryablePardoned: { status: "retryable", dueAt: NOW, ...course, pardons: ["restricted", "stale"] },
  retryableEarly: { status: "retryable", dueAt: NOW + 1, ...course },
  sent: { status: "sent", ...course },
  delivered: { status: "delivered", ...course },
  discarded: { status: "discarded", ...course },
  cancelled: { status: "cancelled", ...course },
} satisfies Record<
  | NotificationStatusName
  | `executing${"Unwanted" | "Pardoned" | "Last" | "Rescued" | "Doomed"}`
  | "scheduledEarly"
  | "availableUntried"
  | `retryable${"Early" | "Pardoned"}`,
  NotificationMachineState
>;

type EventName =
  | Exclude<NotificationEvent["type"], "refused" | "failed">
  | `refused${"Restricted" | "Stale" | "Busy" | "Final"}`
  | "failed"
  | "failedEarlier";

const refused = (code: string): NotificationEvent => ({ type: "refused", code, chance: 0 });
const failed = (generation: number): NotificationEvent => ({ type: "failed", generation, problem: "No.", chance: 0 });

const EVENTS = {
  due: { type: "due" },
  taken: { type: "taken", generation: G + 1 },
  accepted: { type: "accepted" },
  delivered: { type: "delivered" },
  refusedRestricted: refused("463"),
  refusedStale: refused("479"),
  refusedBusy: refused("503"),
  refusedFinal: refused("404"),
  failed: failed(G),
  failedEarlier: failed(G - 1),
  impossible: { type: "impossible", problem: "Nobody to send it to." },
  interrupted: { type: "interrupted", problem: "No." },
  rescued: { type: "rescued", chance: 0 },
  expired: { type: "expired" },
  cancel: { type: "cancel" },
  retry: { type: "retry" },
} satisfies Record<EventName, NotificationEvent>;

type Cell = readonly [NotificationStatusName, ...NotificationEffect["type"][]];
type Row = Record<EventName, Cell | "ignored">;

const saved = (status: NotificationStatusName): Cell => [status, "save"];

/** Every event ignored; a row says what it does not ignore, and a missing or misspelt cell does not compile. */
const IGNORED: Row = {
  due: "ignored",
  taken: "ignored",
  accepted: "ignored",
  delivered: "ignored",
  refusedRestricted: "ignored",
  refusedStale: "ignored",
  refusedBusy: "ignored",
  refusedFinal: "ignored",
  failed: "ignored",
  failedEarlier: "ignored",
  impossible: "ignored",
  interrupted: "ignored",
  rescued: "ignored",
  expired: "ignored",
  cancel: "ignored",
  retry: "ignored",
};

/** What is to be sent has this in common. */
const PENDING: Row = {
  ...IGNORED,
  accepted: saved("sent"),
  delivered: saved("delivered"),
  impossible: saved("discarded"),
  expired: saved("discarded"),
  cancel: saved("cancelled"),
};

const AVAILABLE: Row = { ...PENDING, taken: ["executing", "send"] };

/** The server's word on an attempt that was given up. */
const LATE = {
  refusedRestricted: saved("retryable"),
  refusedStale: ["retryable", "save", "refreshDevices"],
  refusedFinal: saved("discarded"),
} as const;

const EXECUTING: Row = {
  ...PENDING,
  expired: "ignored",
  cancel: saved("executing"),
  refusedRestricted: saved("retryable"),
  refusedStale: ["retryable", "save", "refreshDevices"],
  refusedBusy: saved("retryable"),
  refusedFinal: saved("discarded"),
  failed: saved("retryable"),
  interrupted: saved("available"),
  rescued: saved("available"),
};

const RETRYABLE: Row = {
  ...PENDING,
  ...LATE,
  taken: ["executing", "send"],
  retry: saved("available"),
};

const TABLE: Record<keyof typeof STATES, Row> = {
  scheduled: { ...PENDING, due: ["available", "queue"] },
  scheduledEarly: PENDING,
  available: { ...AVAILABLE, ...LATE },
  availableUntried: AVAILABLE,
  executing: EXECUTING,
  executingUnwanted: {
    ...EXECUTING,
    cancel: "ignored",
    impossible: saved("cancelled"),
    refusedRestricted: saved("cancelled"),
    refusedStale: saved("cancelled"),
    refusedBusy: saved("cancelled"),
    refusedFinal: saved("cancelled"),
    failed: saved("cancelled"),
    interrupted: saved("cancelled"),
    rescued: saved("cancelled"),
  },
  executingPardoned: {
    ...EXECUTING,
    refusedRestricted: saved("discarded"),
    refusedStale: saved("discarded"),
  },
  executingLast: {
    ...EXECUTING,
    refusedRestricted: saved("discarded"),
    refusedStale: saved("discarded"),
    refusedBusy: saved("discarded"),
    failed: saved("discarded"),
  },
  executingRescued: { ...EXECUTING, rescued: saved("retryable") },
  executingDoomed: { ...EXECUTING, rescued: saved("discarded") },
  retryable: RETRYABLE,
  retryablePardoned: { ...RETRYABLE, refusedRestricted: "ignored", refusedStale: "ignored" },
  retryableEarly: { ...RETRYABLE, taken: "ignored" },
  sent: { ...IGNORED, delivered: saved("delivered") },
  delivered: IGNORED,
  discarded: { ...IGNORED, retry: ["available", "queue"], cancel: saved("cancelled") },
  cancelled: IGNORED,
};

checkTable<NotificationMachineState, NotificationEvent>({
  table: TABLE,
  states: STATES,
  events: EVENTS,
  transition: (state, event) => transitionNotification(DEFAULT_SETTINGS, state, event, NOW),
});
