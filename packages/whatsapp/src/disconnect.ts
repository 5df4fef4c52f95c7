import { DISCONNECT_ROWS, UNKNOWN_ROW, type DisconnectRow } from "./disconnect-rows.ts";
import type { Disconnect, Verdict } from "./verdict.ts";

const rowOf = (disconnect: Disconnect): DisconnectRow =>
  DISCONNECT_ROWS.find(({ codes, when }) => codes.includes(disconnect.code) && (when?.(disconnect) ?? true)) ??
  UNKNOWN_ROW;

/** The verdict on an ended socket. Pure; a code nobody knows backs off. */
export const classifyDisconnect = (disconnect: Disconnect): Verdict => {
  const { verdict } = rowOf(disconnect);
  return verdict.type === "wait" ? { type: "wait", untilMs: disconnect.expiresAtMs ?? null } : verdict;
};

/** The same in plain words for people: what happened and, where there is one, the remedy. Nothing private is in it. */
export const explainDisconnect = (disconnect: Disconnect): string => rowOf(disconnect).words;
