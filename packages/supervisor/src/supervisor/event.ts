import type { ChildEffect } from "../child/effect.ts";
import type { ChildNews } from "../child/event.ts";
import type { StopOutcome, SupervisorEnd } from "./state.ts";

/** What the supervisor is told: orders from its owner, and news of one child. */
export type SupervisorEvent =
  | { readonly type: "start" }
  | { readonly type: "stop"; readonly reason: string }
  | { readonly type: "restart"; readonly reason: string }
  | { readonly type: "recycle"; readonly id: string; readonly reason: string }
  | { readonly type: "child"; readonly id: string; readonly news: ChildNews };

/** What is to be done: about one child, or telling the owner. */
export type SupervisorEffect =
  | { readonly type: "child"; readonly id: string; readonly effect: ChildEffect }
  | { readonly type: "announceStarted" }
  | { readonly type: "announceEnded"; readonly end: SupervisorEnd; readonly outcome: StopOutcome };
