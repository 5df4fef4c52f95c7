import { backOffDelayMs } from "@blacksky/machine";
import type { BackOffKind } from "../verdict.ts";
import type { ConnectionEffect } from "./effect.ts";
import { alert, toBackingOff, type Step } from "./moves.ts";
import type { ConnectionSettings } from "./settings.ts";
import type { ConnectionMemory } from "./state.ts";

const delayMs = (settings: ConnectionSettings, kind: BackOffKind, attempts: number, chance: number): number => {
  const { backOff, rejectedBackOff, unavailableMs } = settings;
  const slowMs = Math.round(settings.slowMs * (1 + chance / 4));
  switch (kind) {
    case "outdated":
    case "rejected":
      return backOffDelayMs(rejectedBackOff, attempts, chance);
    case "unavailable":
      // The servers have trouble: no hurry from the first time on.
      return attempts < settings.maxRetries ? Math.round(unavailableMs * (1 + chance)) : slowMs;
    case "lost":
    case "badSession":
    case "unknown":
      return attempts < settings.maxRetries ? backOffDelayMs(backOff, attempts, chance) : slowMs;
  }
};

const report = (memory: ConnectionMemory, kind: BackOffKind): readonly ConnectionEffect[] => {
  const last = memory.lastDisconnect;
  if (last === null || memory.reportedCodes.includes(last.code)) return [];
  if (kind === "unknown") return [alert("unknown-disconnect", `${last.reason} Code ${String(last.code)}.`)];
  return kind === "outdated" || kind === "rejected" ? [alert("client-rejected", last.reason)] : [];
};

/** Counts a failure and waits for its turn; at the limit slows down, tells a person and asks for a fresh bot process. */
export const retry = (
  settings: ConnectionSettings,
  old: ConnectionMemory,
  failure: { kind: BackOffKind; chance: number },
  now: number,
  before: readonly ConnectionEffect[],
): Step => {
  const { kind, chance } = failure;
  const attempts = old.attempts + 1;
  const reports = report(old, kind);
  const code = old.lastDisconnect?.code;
  const reportedCodes = reports.length > 0 && code !== undefined ? [...old.reportedCodes, code] : old.reportedCodes;
  const exhausted: readonly ConnectionEffect[] =
    attempts === Math.max(1, settings.maxRetries)
      ? [
          alert(
            "retries-exhausted",
            `WhatsApp could not be reached ${String(attempts)} times in a row. It is tried more slowly from now on.`,
          ),
          { type: "recycleExecutor", reason: "the connection failed too often in a row" },
        ]
      : [];
  const untilMs = now + delayMs(settings, kind, old.attempts, chance);
  const memory = { ...old, attempts, reportedCodes };
  return toBackingOff(settings, memory, { kind, untilMs }, now, [...before, ...reports, ...exhausted]);
};
