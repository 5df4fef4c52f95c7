import type { Transition } from "@blacksky/machine";
import { Draft } from "./draft.ts";
import type { SupervisorEffect, SupervisorEvent } from "./event.ts";
import type { SupervisorContext, SupervisorEnd, SupervisorState } from "./state.ts";

/**
 * Starts children in order, each when the one before it is ready; stops them in reverse, each when the one after it is
 * gone; gives up when a child failed. SPEC.md beside this file says more.
 *
 *   idle → starting → running → stopping → ended, or starting again
 */
export const supervisorTransition: Transition<SupervisorContext, SupervisorState, SupervisorEvent, SupervisorEffect> = (
  context,
  state,
  event,
  now,
) => {
  const draft = new Draft(context, state, now);
  react(draft, event);
  return [draft.state, draft.effects];
};

const react = (draft: Draft, event: SupervisorEvent): void => {
  const { status } = draft.state;
  switch (status) {
    case "idle":
      if (event.type === "start") startNext(draft, 0);
      if (event.type === "stop") stopAll(draft, event.reason, { reason: "stopped" });
      return;
    case "starting":
    case "running":
      if (event.type === "stop") stopAll(draft, event.reason, { reason: "stopped" });
      if (event.type === "restart") stopAll(draft, event.reason, null);
      if (event.type === "recycle") draft.tell(event.id, { type: "recycle", reason: event.reason });
      if (event.type === "child") onNews(draft, event);
      return;
    case "stopping":
      if (event.type === "stop") endAfterStop(draft, { reason: "stopped" });
      if (event.type !== "child") return;
      draft.tell(event.id, event.news);
      stopNext(draft);
      return;
    case "ended":
  }
};

const onNews = (draft: Draft, { id, news }: Extract<SupervisorEvent, { type: "child" }>): void => {
  draft.tell(id, news);
  const child = draft.child(id);
  if (child?.status === "failed") {
    const { exitCode, why } = child;
    stopAll(draft, `${id} cannot go on`, { reason: "escalated", exitCode, child: id, why });
    return;
  }
  const { state } = draft;
  if (state.status === "starting" && draft.order[state.cursor] === id) {
    // A transient or temporary child may have done its work before anyone asked whether it is ready.
    if (child?.status === "running" || child?.status === "stopped") startNext(draft, state.cursor + 1);
  }
};

const startNext = (draft: Draft, cursor: number): void => {
  const id = draft.order[cursor];
  const { children, restartedAtMs } = draft.state;
  if (id === undefined) {
    draft.state = { status: "running", children, restartedAtMs };
    draft.effects.push({ type: "announceStarted" });
    return;
  }
  draft.state = { status: "starting", cursor, children, restartedAtMs };
  draft.tell(id, { type: "start" });
};

/** The first reason to end is kept; a mere restart is none. */
const endAfterStop = (draft: Draft, end: SupervisorEnd): void => {
  if (draft.state.status === "stopping" && draft.state.end === null) draft.state = { ...draft.state, end };
};

const stopAll = (draft: Draft, reason: string, end: SupervisorEnd | null): void => {
  const { children, restartedAtMs } = draft.state;
  draft.state = { status: "stopping", end, reason, outcome: { unfinished: 0, killed: [] }, children, restartedAtMs };
  // Whoever waits for a restart must not get it in the middle of the stop; whoever lives is asked in its turn.
  for (const id of draft.order) {
    const status = draft.child(id)?.status;
    if (status === "backingOff" || status === "stopping") draft.tell(id, { type: "stop", reason });
  }
  stopNext(draft);
};

const stopNext = (draft: Draft): void => {
  if (draft.state.status !== "stopping") return;
  const { reason, end, outcome, children, restartedAtMs } = draft.state;
  const last = draft.order.toReversed().find((id) => isThere(draft, id));
  if (last === undefined) {
    if (end === null) return startNext(draft, 0);
    draft.state = { status: "ended", end, outcome, children, restartedAtMs };
    draft.effects.push({ type: "announceEnded", end, outcome });
    return;
  }
  if (draft.child(last)?.status !== "stopping") draft.tell(last, { type: "stop", reason });
};

const isThere = (draft: Draft, id: string): boolean => {
  const status = draft.child(id)?.status;
  return status !== "stopped" && status !== "failed";
};
