import type { ChildEvent, ChildNews } from "../child/event.ts";
import type { ChildState } from "../child/state.ts";
import { childTransition } from "../child/transition.ts";
import type { SupervisorEffect } from "./event.ts";
import { addRestart } from "./intensity.ts";
import type { SupervisorContext, SupervisorState } from "./state.ts";

/**
 * One transition in the making: the state so far and the effects collected. A single event may move several children
 * (the last one that stopped lets the next one be asked), so the steps share one draft. It lives only within one
 * call of the transition.
 */
export class Draft {
  readonly effects: SupervisorEffect[] = [];
  readonly #context: SupervisorContext;
  readonly #now: number;
  state: SupervisorState;

  constructor(context: SupervisorContext, state: SupervisorState, now: number) {
    this.#context = context;
    this.state = state;
    this.#now = now;
  }

  /** The ids in start order. */
  get order(): readonly string[] {
    return this.#context.children.map(({ spec }) => spec.id);
  }

  child(id: string): ChildState | undefined {
    return this.state.children[id];
  }

  /** Tells a child its news, and keeps what it became and what it wants done. */
  tell(id: string, news: ChildNews): void {
    const context = this.#context.children.find(({ spec }) => spec.id === id);
    const before = this.child(id);
    if (context === undefined || before === undefined) return;
    const restart = addRestart(this.#context.intensity, this.state.restartedAtMs, this.#now);
    const [after, effects] = childTransition(context, before, this.#judge(news, restart.within), this.#now);
    this.effects.push(...effects.map((effect) => ({ type: "child", id, effect }) as const));
    if (after === before) return;
    this.state = { ...this.state, children: { ...this.state.children, [id]: after } };
    const restarted = before.status !== "backingOff" && after.status === "backingOff";
    if (restarted) this.state = { ...this.state, restartedAtMs: restart.restartedAtMs };
    this.#countStop(id, before, after);
  }

  #judge(news: ChildNews, within: boolean): ChildEvent {
    if (news.type !== "exited" && news.type !== "spawnFailed") return news;
    if (this.state.status === "stopping") return { ...news, allowance: "supervisorStopping" };
    return { ...news, allowance: within ? "withinIntensity" : "intensityExceeded" };
  }

  #countStop(id: string, before: ChildState, after: ChildState): void {
    if (this.state.status !== "stopping" || before.status !== "stopping" || after.status !== "stopped") return;
    const { unfinished, killed } = this.state.outcome;
    const outcome = {
      unfinished: unfinished + before.unfinished,
      killed: before.killed ? [...killed, id] : killed,
    };
    this.state = { ...this.state, outcome };
  }
}
