import { backOffDelayMs } from "@blacksky/machine";
import { classifyDisconnect, explainDisconnect } from "../disconnect.ts";
import type { PermanentState, Verdict } from "../verdict.ts";
import type { ConnectionEffect } from "./effect.ts";
import type { SocketClosed } from "./event.ts";
import { alert, leave, startTimer, toBackingOff, toConnecting, type Step } from "./moves.ts";
import { retry } from "./retry.ts";
import type { ConnectionSettings } from "./settings.ts";
import type { ConnectionMemory, ConnectionState } from "./state.ts";

interface Ending {
  readonly settings: ConnectionSettings;
  readonly memory: ConnectionMemory;
  readonly now: number;
  readonly chance: number;
  readonly words: string;
  readonly before: readonly ConnectionEffect[];
}

const archive = (reason: Extract<ConnectionEffect, { type: "archiveSession" }>["reason"]): ConnectionEffect => ({
  type: "archiveSession",
  reason,
});

/** The first take-over may be an old process of ours on its way out: one probe later. The second is somebody else. */
const replaced = ({ settings, memory: old, now, chance, words, before }: Ending): Step => {
  const memory = { ...old, replacedAtMs: now };
  const { replacedHoldMs, replacedWindowMs } = settings;
  if (old.replacedAtMs !== null && now - old.replacedAtMs < replacedWindowMs) {
    return [{ status: "replaced", sinceMs: now, memory, probeAtMs: null }, [...before, alert("replaced", words)]];
  }
  const delayMs = Math.round(replacedHoldMs * (1 + chance));
  return [
    { status: "replaced", sinceMs: now, memory, probeAtMs: now + delayMs },
    [...before, startTimer(memory, "probe", delayMs)],
  ];
};

const permanent = (ending: Ending, state: PermanentState, session: "archive" | "keep"): Step => {
  const { memory, now, words, before } = ending;
  switch (state) {
    case "replaced":
      return replaced(ending);
    case "logged-out":
      return [{ status: "loggedOut", sinceMs: now, memory }, [...before, archive(state), alert(state, words)]];
    case "refused": {
      const archived = session === "archive" ? [archive(state)] : [];
      return [{ status: "refused", sinceMs: now, memory }, [...before, ...archived, alert(state, words)]];
    }
  }
};

/** The pauses between QR rounds grow: somebody may be looking. After a few rounds nobody is, and there is no other until then. */
const pairAgain = ({ settings, memory: old, now, chance, before }: Ending, halfDone: boolean): Step => {
  const memory = { ...old, pairingRounds: old.pairingRounds + 1 };
  const cleared = halfDone ? [archive("pairing-abandoned")] : [];
  if (memory.pairingRounds >= settings.maxPairingRounds)
    return [{ status: "unattended", sinceMs: now, memory }, [...before, ...cleared]];
  const pace = { ...settings.backOff, maxMs: settings.slowMs, jitter: 0.5 };
  const untilMs = now + backOffDelayMs(pace, old.pairingRounds, chance);
  return toBackingOff(settings, memory, { kind: "pairingExpired", untilMs }, now, [...before, ...cleared]);
};

const judge = (ending: Ending, verdict: Verdict): Step => {
  const { settings, memory, now, chance, words, before } = ending;
  switch (verdict.type) {
    case "reconnectNow":
      // A server that asks for restarts for ever must not make us spin.
      if (memory.restarts >= settings.restartLimit)
        return retry(settings, memory, { kind: "lost", chance }, now, before);
      return toConnecting(settings, { ...memory, restarts: memory.restarts + 1 }, now, before);
    case "backOff":
      return retry(settings, memory, { kind: verdict.kind, chance }, now, before);
    case "wait": {
      const untilMs = Math.max(verdict.untilMs ?? now + settings.banHoldMs, now + settings.backOff.initialMs);
      return toBackingOff(settings, memory, { kind: "temporaryBan", untilMs }, now, [
        ...before,
        alert("temporary-ban", words),
      ]);
    }
    case "pairingExpired":
      return pairAgain(ending, verdict.halfDone);
    case "permanent":
      return permanent(ending, verdict.state, verdict.session);
  }
};

/** What follows when the socket of this state, or one before it, has ended. `before` (leaving the state) comes first. */
export const closeSocket = (
  settings: ConnectionSettings,
  state: ConnectionState,
  event: SocketClosed,
  now: number,
  before: readonly ConnectionEffect[] = leave(state),
): Step => {
  const words = explainDisconnect(event);
  const memory = { ...state.memory, lastDisconnect: { code: event.code, reason: words, atMs: now } };
  const { chance } = event;
  return judge({ settings, memory, now, chance, words, before }, classifyDisconnect(event));
};
