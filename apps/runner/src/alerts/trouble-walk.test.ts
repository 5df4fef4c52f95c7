import { createFakeClock, createNamedTimers, interpret, pick, seededRandom } from "@blacksky/machine";
import { describe, expect, test } from "@jest/globals";
import {
  SAME_KIND_MS,
  transitionTrouble,
  type TroubleEffect,
  type TroubleEvent,
  type TroubleRules,
  type TroubleState,
} from "./trouble.ts";

const MINUTE_MS = 60_000;

/** Lives through random weeks of one kind of trouble; alerts reach nobody now and then. */
const walk = (seed: number, rules: TroubleRules, steps: number) => {
  const random = seededRandom(seed);
  const clock = createFakeClock(Date.parse("2026-01-02T00:00:00Z"));
  const timers = createNamedTimers<"wait">(clock);
  const seen = new Set<string>();
  const alerts: number[] = [];
  let hasTimer = false;
  let isBad = false;
  let badSinceMs = 0;
  let open = 0;

  const perform = (effect: TroubleEffect, send: (event: TroubleEvent) => void): void => {
    seen.add(effect.type);
    switch (effect.type) {
      case "startTimer":
        expect(effect.delayMs).toBeGreaterThan(0);
        hasTimer = true;
        return timers.start("wait", effect.delayMs, () => {
          hasTimer = false;
          send({ type: "timer" });
        });
      case "cancelTimer":
        hasTimer = false;
        return timers.cancel("wait");
      case "alert": {
        // Nobody hears of the same trouble twice within an hour.
        expect(effect.atMs - (alerts.at(-1) ?? -Infinity)).toBeGreaterThanOrEqual(SAME_KIND_MS);
        // Nor of a new one that lasts for less than its kind has patience.
        if (open === 0) expect(clock.now() - badSinceMs).toBeGreaterThanOrEqual(rules.patienceMs);
        open += 1;
        if (random() < 0.7) alerts.push(effect.atMs);
        else
          clock.startTimer(Math.floor(random() * 20) * MINUTE_MS, () => {
            send({ type: "undelivered", atMs: effect.atMs, again: random() < 0.5 });
          });
        return undefined;
      }
      case "tellOver":
        // "Over" follows an alert, once, and only when it has been so for as long as the kind wants.
        expect(open).toBeGreaterThan(0);
        expect(isBad).toBe(false);
        open = 0;
        return undefined;
    }
  };
  const machine = interpret<TroubleRules, TroubleState, TroubleEvent, TroubleEffect>({
    transition: transitionTrouble,
    context: rules,
    initial: { status: "quiet", toldAtMs: null },
    clock,
    perform,
    onEffectFailure: (_effect, error) => {
      throw error;
    },
  });
  const check = (): void => {
    const { state } = machine;
    seen.add(state.status);
    const waits = state.status === "raised" ? state.toldAtMs === null : state.status !== "quiet";
    expect(hasTimer).toBe(waits);
    if (state.status === "raised" || state.status === "settling") expect(open).toBeGreaterThan(0);
  };
  for (let count = 0; count < steps; count += 1) {
    const turns = random() < 0.3;
    if (turns) isBad = !isBad;
    if (turns && isBad) badSinceMs = clock.now();
    if (!isBad) machine.send({ type: "eased" });
    else
      machine.send(
        pick<TroubleEvent>(random, [
          { type: "struck", text: "bad" },
          turns ? { type: "relapsed" } : { type: "struck", text: "still bad" },
        ]),
      );
    check();
    clock.advance(Math.floor(random() * pick(random, [1, 10, 60]) * MINUTE_MS));
    check();
  }
  // In the end everybody knows how it is: what lasts has been told, what is over as well.
  machine.send(isBad ? { type: "struck", text: "bad" } : { type: "eased" });
  clock.advance(3 * SAME_KIND_MS + rules.patienceMs + rules.settleMs);
  expect(machine.state.status).toBe(isBad ? "raised" : "quiet");
  return seen;
};

describe("whatever happens", () => {
  test.each([1, 2, 20_260_102])("a person hears of it once an hour, and once that it is over (seed %i)", (seed) => {
    for (const patienceMs of [0, 5 * MINUTE_MS]) {
      for (const settleMs of [0, MINUTE_MS, 10 * MINUTE_MS]) {
        const seen = walk(seed, { patienceMs, settleMs }, 500);
        for (const each of ["alert", "tellOver", "muted", "raised", "quiet"]) expect(seen).toContain(each);
        expect(seen.has("suspected")).toBe(patienceMs > 0);
        expect(seen.has("settling")).toBe(settleMs > 0);
      }
    }
  });
});
