import { expect, test } from "@jest/globals";
import { pick, seededRandom, type Random } from "@blacksky/machine";
import type { ConnectionEvent, ConnectionTimer } from "./event.ts";
import type { Step } from "./moves.ts";
import { connectionSettings } from "./settings.ts";
import type { Standing } from "./standing.ts";
import { initialConnection, isPermanent, type ConnectionState, type ConnectionStatus } from "./state.ts";
import { transitionConnection } from "./transition.ts";

const PACE = { initialDelayMs: 3000, maxDelayMs: 60_000, maxRetries: 5 };
const CODES = [200, 401, 402, 403, 405, 408, 409, 411, 428, 440, 500, 503, 515, 515, 428, 408, Number.NaN] as const;
const TIMERS = ["describe", "connectDeadline", "healthy", "backOff", "probe"] as const;
const SOCKETS = ["none", "connecting", "pairing", "open"] as const;

/** What a bot may have kept: mostly nothing. */
const anyStanding = (random: Random, now: number): Standing | null => {
  if (random() < 0.9) return null;
  const atMs = now - Math.floor(random() * 2e6);
  return {
    kind: pick(random, ["replaced", "refused", "temporaryBan", "outdated", "rejected"]),
    code: 440,
    atMs,
    untilMs: random() < 0.5 ? null : now + Math.floor((random() - 0.5) * 1e7),
    times: 1 + Math.floor(random() * 5),
    previousAtMs: random() < 0.5 ? null : atMs - Math.floor(random() * 2e6),
    isOver: random() < 0.2,
  };
};

/** Any event, mostly of this generation, sometimes late or ahead. */
const anyEvent = (random: Random, state: ConnectionState, now: number): ConnectionEvent => {
  // A socket that was adopted may be an old one.
  const ours = "socket" in state && random() < 0.5 ? state.socket : state.memory.generation;
  const generation = Math.max(0, ours + pick(random, [0, 0, 0, 0, 0, 0, -1, -2, 1]));
  const chance = random();
  const flag = (): boolean => random() < 0.5;
  const plain = (
    ["start", "stop", "reconnect", "resume", "pairingWanted", "executorStarted", "executorLost"] as const
  ).map((type) => ({ type }));
  return pick<ConnectionEvent>(random, [
    ...plain,
    { type: "connectRefused", generation },
    { type: "connectStarted", generation },
    ...Array.from({ length: 4 }, (): ConnectionEvent => ({
      type: "adopted",
      asked: generation,
      socket: pick(random, SOCKETS),
      generation: Math.floor(random() * 9),
      sinceMs: now,
      standing: anyStanding(random, now),
      chance,
    })),
    { type: "pairingStarted", generation },
    { type: "socketOpened", generation },
    { type: "socketOpened", generation },
    { type: "socketSilent", generation, reason: "silent", chance },
    ...Array.from({ length: 4 }, (): ConnectionEvent => ({
      type: "timer",
      name: pick(random, TIMERS),
      generation,
      chance,
    })),
    ...Array.from({ length: 4 }, (): ConnectionEvent => ({
      type: "socketClosed",
      generation,
      code: pick(random, CODES),
      origin: pick(random, ["stream", "failure", "send", "local"]),
      paired: flag(),
      intentional: flag(),
      expiresAtMs: flag() ? null : now + Math.floor(random() * 1e7),
      chance,
    })),
  ]);
};

/** The sockets and timers of the world outside, as the effects make them. */
interface World {
  readonly sockets: Set<number>;
  readonly timers: Set<ConnectionTimer>;
}

const TIMER_NEEDED: Record<ConnectionStatus, ConnectionTimer | undefined> = {
  idle: "describe",
  connecting: "connectDeadline",
  pairing: undefined,
  open: undefined,
  backingOff: "backOff",
  unattended: undefined,
  replaced: undefined,
  loggedOut: undefined,
  refused: undefined,
  stopped: undefined,
};

/** What the event itself says about the sockets, before the machine answers. */
const befall = (world: World, event: ConnectionEvent, { memory: { generation }, status }: ConnectionState): void => {
  if (event.type === "executorStarted" || event.type === "executorLost") world.sockets.clear();
  if (event.type === "socketClosed") world.sockets.delete(event.generation);
  if (event.type === "connectRefused" && status === "connecting") world.sockets.delete(event.generation);
  if (event.type === "timer") world.timers.delete(event.name);
  // The bot holds one socket: one that is ahead of us has taken the place of ours.
  if ("generation" in event && event.type !== "adopted" && event.generation > generation) world.sockets.clear();
};

const carryOut = (world: World, [next, effects]: Step): void => {
  for (const effect of effects) {
    if (effect.type === "startTimer") world.timers.add(effect.name);
    if (effect.type === "cancelTimer") world.timers.delete(effect.name);
    if (effect.type === "end" || effect.type === "cut") world.sockets.delete(effect.generation);
    if (effect.type === "connect") {
      expect([...world.sockets]).toEqual([]);
      world.sockets.add(effect.generation);
    }
  }
  if ("socket" in next) world.sockets.add(next.socket);
};

const checkStep = (state: ConnectionState, event: ConnectionEvent, [next, effects]: Step): void => {
  expect(next.memory.generation).toBeGreaterThanOrEqual(state.memory.generation);
  expect(effects.filter(({ type }) => type === "connect").length).toBeLessThanOrEqual(1);
  expect(effects.findIndex(({ type }) => type === "publish")).toBe(
    effects.some(({ type }) => type === "publish") ? effects.length - 1 : -1,
  );
  if (isPermanent(state) && event.type !== "resume") expect(next).toBe(state);
  for (const effect of effects) {
    if (effect.type === "startTimer") expect(effect.generation).toBe(next.memory.generation);
    if (effect.type === "connect") expect(effect.generation).toBeGreaterThan(state.memory.generation);
  }
};

const checkWorld = (world: World, next: ConnectionState): void => {
  expect(world.sockets.size).toBeLessThanOrEqual(1);
  expect(world.sockets.size).toBe("socket" in next ? 1 : 0);
  const needed = next.status === "replaced" && next.probeAtMs !== null ? "probe" : TIMER_NEEDED[next.status];
  const optional = next.status === "open" ? ["healthy"] : [];
  expect([...world.timers].filter((name) => !optional.includes(name))).toEqual(needed === undefined ? [] : [needed]);
};

const walk = (seed: number, steps: number, maxPairingRounds: number): Set<ConnectionStatus> => {
  const settings = connectionSettings(PACE, { maxPairingRounds });
  const random = seededRandom(seed);
  const world: World = { sockets: new Set(), timers: new Set() };
  const seen = new Set<ConnectionStatus>();
  let now = 0;
  let [state, effects]: Step = transitionConnection(settings, initialConnection(now), { type: "start" }, now);
  carryOut(world, [state, effects]);
  for (let count = 0; count < steps; count++) {
    now += Math.floor(random() * 40_000);
    const event = anyEvent(random, state, now);
    // A timer that does not run cannot fire.
    if (event.type === "timer" && event.generation === state.memory.generation && !world.timers.has(event.name))
      continue;
    const late = event.type === "timer" && event.generation !== state.memory.generation;
    if (!late) befall(world, event, state);
    const step = transitionConnection(settings, state, event, now);
    checkStep(state, event, step);
    carryOut(world, step);
    [state, effects] = step;
    checkWorld(world, state);
    seen.add(state.status);
  }
  return seen;
};

test("whatever happens: one socket at most, always a way on, permanent until resumed", () => {
  const seen = [1, 20_260_102, 4_242].map((seed, index) => walk(seed, 5000, index + 1));
  for (const states of seen) expect(states.size).toBeGreaterThanOrEqual(8);
  expect(new Set(seen.flatMap((states) => [...states])).size).toBe(10);
});
