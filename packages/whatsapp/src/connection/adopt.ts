import { backOffDelayMs } from "@blacksky/machine";
import { explainDisconnect } from "../disconnect.ts";
import type { ConnectionEffect } from "./effect.ts";
import type { Adopted } from "./event.ts";
import { leave, startTimer, toBackingOff, toConnecting, type Step } from "./moves.ts";
import type { ConnectionSettings } from "./settings.ts";
import type { Standing } from "./standing.ts";
import type { ConnectionMemory, Idle } from "./state.ts";

interface Finding {
  readonly settings: ConnectionSettings;
  readonly memory: ConnectionMemory;
  readonly standing: Standing;
  readonly now: number;
  readonly chance: number;
  readonly before: readonly ConnectionEffect[];
}

/** What is left of a pause that began then; never more than all of it, though somebody may have set the clock. */
const leftMs = (pauseMs: number, fromMs: number, now: number): number => Math.min(pauseMs, fromMs + pauseMs - now);

const stillReplaced = ({ settings, memory, standing, now, chance, before }: Finding): Step | undefined => {
  const { atMs: sinceMs, previousAtMs } = standing;
  if (previousAtMs !== null && sinceMs - previousAtMs < settings.replacedWindowMs)
    return [{ status: "replaced", sinceMs, memory, probeAtMs: null }, before];
  const delayMs = leftMs(Math.round(settings.replacedHoldMs * (1 + chance)), sinceMs, now);
  if (delayMs <= 0) return undefined;
  return [
    { status: "replaced", sinceMs, memory, probeAtMs: now + delayMs },
    [...before, startTimer(memory, "probe", delayMs)],
  ];
};

const stillPaused = ({ settings, memory: old, standing, now, chance, before }: Finding): Step | undefined => {
  const { kind, atMs, untilMs, times } = standing;
  if (kind === "replaced" || kind === "refused") return undefined;
  const pauseMs =
    kind === "temporaryBan" ? settings.banHoldMs : backOffDelayMs(settings.rejectedBackOff, times - 1, chance);
  const endMs = untilMs ?? now + leftMs(pauseMs, atMs, now);
  if (endMs <= now) return undefined;
  const memory = kind === "temporaryBan" ? old : { ...old, attempts: Math.max(old.attempts, times) };
  return toBackingOff(settings, memory, { kind, untilMs: endMs }, now, before);
};

/** Where the one before had stopped; `undefined` where nothing is held against an attempt any more. */
const takeUp = (finding: Finding): Step | undefined => {
  const { standing, before } = finding;
  const reason = explainDisconnect({ code: standing.code, origin: "stream", paired: true, intentional: false });
  const lastDisconnect = { code: standing.code, reason, atMs: standing.atMs };
  const memory = { ...finding.memory, lastDisconnect };
  switch (standing.kind) {
    case "replaced":
      return stillReplaced({ ...finding, memory });
    case "refused":
      return [{ status: "refused", sinceMs: standing.atMs, memory }, before];
    case "temporaryBan":
    case "outdated":
    case "rejected":
      return stillPaused({ ...finding, memory });
  }
};

/** A person has said since: go on. */
const isOverruled = ({ atMs }: Standing, { resumedAtMs }: ConnectionMemory): boolean =>
  resumedAtMs !== null && atMs <= resumedAtMs;

/** What the machine knows once a bot has said what it has. */
const learn = ({ memory }: Idle, { generation, sinceMs, standing }: Adopted): ConnectionMemory => ({
  ...memory,
  generation: Math.max(memory.generation, generation),
  // A bot that has had a socket knows best when; at the latest, it was opened when this began.
  connectedAtMs: generation > 0 ? Math.max(memory.connectedAtMs ?? 0, sinceMs) : memory.connectedAtMs,
  replacedAtMs:
    standing?.kind === "replaced" && !isOverruled(standing, memory)
      ? Math.max(memory.replacedAtMs ?? 0, standing.atMs)
      : memory.replacedAtMs,
});

/** Takes over what the bot has and knows; a keeper that was restarted must not cost the connection, nor forget a verdict. */
export const adopt = (settings: ConnectionSettings, state: Idle, event: Adopted, now: number): Step => {
  const { generation: socket, sinceMs, standing, chance } = event;
  const memory = learn(state, event);
  const before = leave(state);
  switch (event.socket) {
    case "none": {
      const holds = standing !== null && !standing.isOver && !isOverruled(standing, memory);
      const held = holds ? takeUp({ settings, memory, standing, now, chance, before }) : undefined;
      return held ?? toConnecting(settings, memory, now, before);
    }
    case "connecting":
      return [
        { status: "connecting", sinceMs: now, memory, socket },
        [...before, startTimer(memory, "connectDeadline", settings.connectDeadlineMs)],
      ];
    case "pairing":
      return [{ status: "pairing", sinceMs, memory, socket }, before];
    case "open":
      return [
        { status: "open", sinceMs, memory, socket },
        [...before, startTimer(memory, "healthy", settings.healthyMs)],
      ];
  }
};
