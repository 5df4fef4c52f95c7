/**
 * How a process of ours may end on purpose. `config` and `protocol` are not restarted: the same start would fail the
 * same way. `unavailable` is a database or lease that did not come in time; the platform may try again.
 */
export const EXIT = {
  ok: 0,
  config: 64,
  protocol: 65,
  escalated: 70,
  unavailable: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
