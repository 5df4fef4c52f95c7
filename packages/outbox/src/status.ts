import type { NotificationStatus } from "@blacksky/protocol";
import type { NotificationMachineState } from "./notification/state.ts";

/** What may be told of a notification. Times in epoch milliseconds. */
export const statusOf = ({
  id,
  createdAt,
  state,
}: {
  readonly id: string;
  readonly createdAt: number;
  readonly state: NotificationMachineState;
}): NotificationStatus => ({
  id,
  state: state.status,
  attempts: state.attempts,
  createdAt,
  changedAt: state.changedAt,
  nextAttemptAt: state.status === "scheduled" || state.status === "retryable" ? state.dueAt : null,
  lastError: state.problem,
});
