import { EXIT, type ExitCode } from "@blacksky/errors";
import { backOffDelayMs } from "@blacksky/machine";
import type { ChildContext, Step } from "./context.ts";
import type { ChildEffect } from "./effect.ts";
import type { Ending } from "./event.ts";
import { report } from "./leave.ts";
import type { LastExit, Tally } from "./state.ts";

/** What came before the end: the tally, the timers that still run, whether the run was stable, a known cause. */
export interface Fall {
  readonly tally: Tally;
  readonly cancels: readonly ChildEffect[];
  readonly stable: boolean;
  /** Why we killed it, when we did. */
  readonly cause: string | null;
}

/** Exit codes with which a child says that another start would not help now. */
const giveUpCodes = new Map<number | null, { exitCode: ExitCode; meaning: string }>([
  [EXIT.config, { exitCode: EXIT.config, meaning: "its configuration is wrong" }],
  [EXIT.protocol, { exitCode: EXIT.protocol, meaning: "it speaks another version of the protocol" }],
  [EXIT.unavailable, { exitCode: EXIT.unavailable, meaning: "it could not get what it needs in time" }],
]);

/** The end of a process as the operating system told it, in words that follow the child's name. */
export const describeEnding = (ending: Ending): string => {
  if (ending.type === "spawnFailed") return `could not be started: ${ending.why}`;
  return ending.signal === null ? `exited with code ${String(ending.code)}` : `was killed by ${ending.signal}`;
};

/** Notes an ending in the tally. */
export const noteEnding = (tally: Tally, ending: Ending, cause: string | null, now: number): Tally => {
  const { code, signal } = ending.type === "exited" ? ending : { code: null, signal: null };
  const lastExit: LastExit = { code, signal, at: now, reason: cause ?? describeEnding(ending) };
  return { ...tally, lastExit };
};

const isWanted = ({ spec }: ChildContext, ending: Ending): boolean => {
  switch (spec.restart) {
    case "permanent":
      return true;
    case "transient":
      return ending.type === "spawnFailed" || ending.code !== EXIT.ok;
    case "temporary":
      return false;
  }
};

/** What follows an ending that nobody ordered: a restart after a while, an end that is all right, or giving up. */
export const fall = (
  context: ChildContext,
  { tally, cancels, stable, cause }: Fall,
  ending: Ending,
  now: number,
): Step => {
  const noted = noteEnding(tally, ending, cause, now);
  const what = cause === null ? describeEnding(ending) : `${cause} and ${describeEnding(ending)}`;
  const { generation } = tally;
  const { code, signal, reason } = noted.lastExit ?? { code: null, signal: null, reason: what };
  const fields = { generation, code, signal };
  const giveUp = (exitCode: ExitCode, why: string): Step => [
    { status: "failed", tally: noted, exitCode, why },
    [...cancels, report(context, "error", `${what}: ${why}; giving up.`, { ...fields, exitCode })],
  ];

  if (ending.allowance === "supervisorStopping") {
    return [
      { status: "stopped", tally: noted },
      [...cancels, report(context, "info", `${what} during the stop.`, fields)],
    ];
  }
  const refusal = cause === null ? giveUpCodes.get(code) : undefined;
  if (refusal !== undefined) return giveUp(refusal.exitCode, refusal.meaning);
  if (!isWanted(context, ending)) {
    const level = code === EXIT.ok ? "info" : "warn";
    const text = `${what}; a ${context.spec.restart} child is not restarted after that.`;
    return [{ status: "stopped", tally: noted }, [...cancels, report(context, level, text, fields)]];
  }
  const { restarts, periodMs } = context.intensity;
  if (ending.allowance === "intensityExceeded") {
    const limit = `${String(restarts)} in ${String(Math.round(periodMs / 1000))} s`;
    return giveUp(EXIT.escalated, `more restarts than ${limit} (last: ${reason})`);
  }
  const delayMs = stable ? 0 : backOffDelayMs(context.backOff, tally.failures, ending.chance);
  return [
    { status: "backingOff", tally: { ...noted, failures: stable ? 0 : tally.failures + 1 } },
    [
      ...cancels,
      { type: "startTimer", name: "backOff", generation, delayMs },
      report(context, "warn", `${what}; restarting in ${String(delayMs)} ms.`, { ...fields, delayMs }),
    ],
  ];
};
