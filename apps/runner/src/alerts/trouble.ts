import type { Transition } from "@blacksky/machine";

/*
 * One kind of trouble, as the person who is alerted lives through it.
 *
 *   quiet ──struck──▶ suspected ──timer──▶ raised ──eased──▶ settling ──timer──▶ quiet, and "over" is told
 *     ▲                   │                  ▲  ▲                │
 *     └──────eased────────┘                  │  └─struck, relapsed
 *     └──────eased──── muted ──────timer─────┘
 *
 * `suspected` only where the kind has patience. `muted`: the same trouble again within an hour of having been told; it is told
 * at the hour's end if it lasts, for whoever heard "over" must not go on believing it. What nobody could be told is told
 * again later, as long as it lasts.
 * Assumed of the other side: `struck` and `eased` may come as often as somebody looks; each `alert` that reaches nobody is
 * answered by one `undelivered`, perhaps late, which names it by its time.
 */

/** `sinceMs`: when it began; `toldAtMs`: when somebody was last told of it, `null` for nobody. Epoch milliseconds. */
interface Episode {
  readonly sinceMs: number;
  readonly text: string;
  readonly toldAtMs: number | null;
}

export type TroubleState =
  | { readonly status: "quiet"; readonly toldAtMs: number | null }
  | ({ readonly status: "suspected" } & Episode)
  | ({ readonly status: "muted" } & Episode)
  | ({ readonly status: "raised" } & Episode)
  | ({ readonly status: "settling"; readonly easedAtMs: number } & Episode);

export type TroubleEvent =
  /** It is there; said in these words. */
  | { readonly type: "struck"; readonly text: string }
  /** It looks over. */
  | { readonly type: "eased" }
  /** It does not look over any more, which by itself is no new trouble. */
  | { readonly type: "relapsed" }
  | { readonly type: "timer" }
  /** The alert of that moment has reached nobody. `again`: another attempt may. */
  | { readonly type: "undelivered"; readonly atMs: number; readonly again: boolean };

export type TroubleEffect =
  | { readonly type: "alert"; readonly text: string; readonly atMs: number }
  | { readonly type: "tellOver"; readonly durationMs: number }
  | { readonly type: "startTimer"; readonly delayMs: number }
  | { readonly type: "cancelTimer" };

export interface TroubleRules {
  /** How long it has to last before anybody is told. */
  readonly patienceMs: number;
  /** How long it has to look over before anybody is told so. */
  readonly settleMs: number;
}

/** Whoever reads it has heard of this trouble; a reminder an hour is enough. */
export const SAME_KIND_MS = 3_600_000;
/** After the attempts at one alert have failed; whoever refused it (a wrong address) is asked again once an hour. */
export const RETRY_MS = 600_000;

type Step = readonly [TroubleState, readonly TroubleEffect[]];
type In<Status extends TroubleState["status"]> = Extract<TroubleState, { status: Status }>;
type Undelivered = Extract<TroubleEvent, { type: "undelivered" }>;

const CANCEL: TroubleEffect = { type: "cancelTimer" };
const startTimer = (delayMs: number): TroubleEffect => ({ type: "startTimer", delayMs });

/** A moment to come is no moment of ours: somebody has set the clock back since. */
const isRecent = (toldAtMs: number | null, now: number): toldAtMs is number =>
  toldAtMs !== null && toldAtMs <= now && now - toldAtMs < SAME_KIND_MS;

const alert = (
  { sinceMs }: { readonly sinceMs: number },
  text: string,
  now: number,
  ...before: TroubleEffect[]
): Step => [{ status: "raised", sinceMs, text, toldAtMs: now }, [...before, { type: "alert", text, atMs: now }]];

const raise = ({ sinceMs, text, toldAtMs }: Episode, now: number): Step =>
  isRecent(toldAtMs, now)
    ? [{ status: "muted", sinceMs, text, toldAtMs }, [startTimer(toldAtMs + SAME_KIND_MS - now)]]
    : alert({ sinceMs }, text, now);

const pauseAfter = ({ again }: Undelivered): TroubleEffect => startTimer(again ? RETRY_MS : SAME_KIND_MS);

const whileQuiet = ({ patienceMs }: TroubleRules, state: In<"quiet">, event: TroubleEvent, now: number): Step => {
  switch (event.type) {
    case "struck": {
      const episode = { sinceMs: now, text: event.text, toldAtMs: state.toldAtMs };
      return patienceMs > 0 ? [{ status: "suspected", ...episode }, [startTimer(patienceMs)]] : raise(episode, now);
    }
    case "undelivered":
      return [{ status: "quiet", toldAtMs: null }, []];
    case "eased":
    case "relapsed":
    case "timer":
      return [state, []];
  }
};

const whileUntold = (state: In<"suspected" | "muted">, event: TroubleEvent, now: number): Step => {
  switch (event.type) {
    case "eased":
      return [{ status: "quiet", toldAtMs: state.toldAtMs }, [CANCEL]];
    case "timer":
      return state.status === "suspected" ? raise(state, now) : alert(state, state.text, now);
    case "undelivered":
      // It was told of an earlier one; of this one nobody has heard either.
      return [{ ...state, toldAtMs: null }, state.status === "muted" ? [pauseAfter(event)] : []];
    case "struck":
    case "relapsed":
      return [state, []];
  }
};

const whileRaised = ({ settleMs }: TroubleRules, state: In<"raised">, event: TroubleEvent, now: number): Step => {
  // Another attempt was due.
  const cancel = state.toldAtMs === null ? [CANCEL] : [];
  switch (event.type) {
    case "struck":
      return isRecent(state.toldAtMs, now) ? [state, []] : alert(state, event.text, now, ...cancel);
    case "eased":
      if (settleMs > 0) return [{ ...state, status: "settling", easedAtMs: now }, [startTimer(settleMs)]];
      return over({ ...state, status: "settling", easedAtMs: now }, cancel);
    case "timer":
      return alert(state, state.text, now);
    case "undelivered":
      return [{ ...state, toldAtMs: null }, [pauseAfter(event)]];
    case "relapsed":
      return [state, []];
  }
};

const over = ({ sinceMs, easedAtMs, toldAtMs }: In<"settling">, before: readonly TroubleEffect[] = []): Step => [
  { status: "quiet", toldAtMs },
  [...before, { type: "tellOver", durationMs: Math.max(0, easedAtMs - sinceMs) }],
];

const whileSettling = (state: In<"settling">, event: TroubleEvent, now: number): Step => {
  const { sinceMs, text, toldAtMs } = state;
  switch (event.type) {
    case "struck":
      if (!isRecent(toldAtMs, now)) return alert(state, event.text, now, CANCEL);
      return [{ status: "raised", sinceMs, text, toldAtMs }, [CANCEL]];
    case "relapsed":
      return [{ status: "raised", sinceMs, text, toldAtMs }, [toldAtMs === null ? startTimer(RETRY_MS) : CANCEL]];
    case "timer":
      return over(state);
    case "undelivered":
      return [{ ...state, toldAtMs: null }, []];
    case "eased":
      return [state, []];
  }
};

/** What becomes of one kind of trouble; see the diagram above. */
export const transitionTrouble: Transition<TroubleRules, TroubleState, TroubleEvent, TroubleEffect> = (
  rules,
  state,
  event,
  now,
) => {
  // News of an alert that another one has followed.
  if (event.type === "undelivered" && event.atMs !== state.toldAtMs) return [state, []];
  switch (state.status) {
    case "quiet":
      return whileQuiet(rules, state, event, now);
    case "suspected":
    case "muted":
      return whileUntold(state, event, now);
    case "raised":
      return whileRaised(rules, state, event, now);
    case "settling":
      return whileSettling(state, event, now);
  }
};
