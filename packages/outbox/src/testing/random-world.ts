import { pick } from "@blacksky/machine";
import type { Rate } from "../bucket.ts";
import type { RateLimits } from "../limits.ts";
import type { Outbox } from "../outbox.ts";
import { createCrashingStore, type CrashingStore } from "./crashing-store.ts";
import { anyDraft, isStranger, type Draft, type Promised } from "./any-draft.ts";
import { createRig, messageIdOf, settle, type Rig } from "./rig.ts";
import { createScriptedServer, type OnWire, type ScriptedServer } from "./scripted-server.ts";

export const MAX_ATTEMPTS = 5;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const REFUSALS = ["463", "479", "404", "503"];
const FATES = [
  "arrives",
  "arrives",
  "arrives",
  "isSlow",
  "isLost",
  "cannotBePrepared",
  "cannotBeRelayed",
  "hangs",
] as const;

export const LIMITS: RateLimits = {
  overall: { burst: 6, everyMs: 500 },
  chat: { burst: 3, everyMs: 2000 },
  strangers: { burst: 3, everyMs: 10_000 },
  stranger: { burst: 2, everyMs: 30_000 },
};

/** An outbox in a world in which everything goes wrong at random, and what is known of it. */
export interface RandomWorld {
  readonly rig: Rig;
  readonly server: ScriptedServer;
  /** By id, in the order in which they were handed in. */
  readonly promised: ReadonlyMap<string, Promised>;
  /** What was seen that must not be. */
  readonly faults: string[];
  readonly outbox: Outbox;
  /** Something happens. */
  happen(): Promise<void>;
  /** Nothing goes wrong any more; resolves when everything is over. */
  heal(): Promise<void>;
  /** How often each kind of thing happened. */
  readonly tally: ReadonlyMap<string, number>;
}

interface Life {
  readonly store: CrashingStore;
  readonly outbox: Outbox;
}

export const createRandomWorld = (seed: number): RandomWorld => {
  const rig = createRig(seed);
  const { clock, random } = rig;
  const promised = new Map<string, Promised>();
  const byMessage = new Map<string, Promised>();
  const drafts = new Map<string, Draft>();
  /** Those that may still be sent. */
  const unsettled = new Map<string, Promised>();
  const faults: string[] = [];
  const tally = new Map<string, number>();
  const receipts: string[] = [];
  let takenAt: { readonly at: number; readonly chat: string }[] = [];
  let connected = false;
  let isCalm = false;
  let handed = 0;
  /** Until when strangers are not to be written to. */
  let heldUntil = 0;
  let life: Life;

  const blame = (what: string, id = ""): void => void faults.push(`${what} ${id}`);

  const checkRelay = (message: OnWire): void => {
    const one = byMessage.get(message.id);
    if (one === undefined) return blame("nobody asked for", message.id);
    if (message.chat !== one.chat || message.text !== one.text) blame("not what was handed in", one.id);
    if (!life.store.isUnderWay(one.id)) blame("sent before that was written", one.id);
    if (one.relaysAtRecall !== undefined && server.relays(messageIdOf(one.id)) > one.relaysAtRecall)
      blame("sent though recalled", one.id);
    if (one.cancelled) blame("sent although cancelled", one.id);
    if (!one.retried && (one.expiresAt ?? Infinity) <= clock.now()) blame("sent too late", one.id);
    if (isStranger(one.chat) && heldUntil > clock.now()) blame("sent to a stranger in spite of the hold", one.id);
  };
  const server = createScriptedServer({
    fateOf(messageId) {
      takenAt.push({ at: clock.now(), chat: byMessage.get(messageId)?.chat ?? "" });
      return isCalm ? "arrives" : pick(random, FATES);
    },
    onRelay: checkRelay,
  });

  const open = (): Life => {
    const store = createCrashingStore(rig.store);
    takenAt = [];
    connected = false;
    const settings = { maxAttempts: MAX_ATTEMPTS, maxRescues: 1000 };
    const isKnown = (chat: string): boolean => !isStranger(chat);
    return { store, outbox: rig.open({ store, isKnown, settings, limits: LIMITS }) };
  };
  life = open();

  const connect = (): void => {
    connected = true;
    const { store } = life;
    life.outbox.opened(server.connect(() => !store.isDead));
  };
  const disconnect = (): void => {
    connected = false;
    server.disconnect();
    life.outbox.closed();
  };
  const begin = (): void => {
    server.disconnect();
    // The timers of the dead.
    life.outbox.halt();
    life = open();
    // What the dead had not written is not known any more.
    heldUntil = clock.now() + life.outbox.desk.show(0).heldMs;
    if (isCalm || random() < 0.7) connect();
  };

  const hand = async (key: string): Promise<void> => {
    const draft = drafts.get(key) ?? anyDraft(key, clock.now(), random);
    const isFirst = !drafts.has(key);
    drafts.set(key, draft);
    // It may be sent before the promise is given; if the process dies first, nothing was promised.
    byMessage.set(messageIdOf(draft.id), draft);
    const taken = life.outbox.enqueue(draft.id, draft.notification).then(({ isNew }) => {
      if (isNew && promised.has(draft.id)) blame("taken twice", draft.id);
      // Where an earlier promise was lost with the process, its place among the others is not known.
      if (!isFirst && !promised.has(draft.id)) draft.inOrder = false;
      promised.set(draft.id, draft);
      unsettled.set(draft.id, draft);
    });
    await Promise.race([taken, settle()]);
  };

  /** Timer by timer, so that what they begin happens at their time. */
  const pass = async (ms: number): Promise<void> => {
    for (let leftMs = ms; leftMs > 0;) {
      const stepMs = Math.min(leftMs, Math.max(1, clock.untilNextMs ?? leftMs));
      clock.advance(stepMs);
      leftMs -= stepMs;
      await settle();
    }
  };

  const answer = (message: OnWire): void => {
    server.answer(message);
    if (!message.arrived) return;
    const refusal = !isCalm && random() < 0.15 ? pick(random, REFUSALS) : undefined;
    if (refusal !== undefined) byMessage.get(message.id)?.refusals.push(refusal);
    life.outbox.acknowledged(message.id, refusal);
    if (refusal === undefined) receipts.push(message.id);
    if (refusal === "463" && heldUntil <= clock.now()) heldUntil = clock.now() + DAY_MS;
  };

  const events: Record<string, () => void | Promise<void>> = {
    hand: () => hand(`n${String((handed += 1))}`),
    handAgain: () => (handed === 0 ? undefined : hand(`n${String(1 + Math.floor(random() * handed))}`)),
    pass: () => pass(Math.floor(random() ** 3 * 60_000)),
    passLong: () => pass(Math.floor(random() * HOUR_MS)),
    connect: () => (connected ? undefined : connect()),
    disconnect: () => (connected ? disconnect() : undefined),
    answer() {
      const message = server.waiting.length === 0 ? undefined : pick(random, server.waiting);
      if (message !== undefined) answer(message);
    },
    release: () => server.release(),
    receipt() {
      const id = receipts.length === 0 ? undefined : pick(random, receipts);
      if (id !== undefined) life.outbox.delivered([id]);
    },
    crash() {
      life.store.crash();
      begin();
    },
    crashSoon: () => life.store.crashAtWrite(1 + Math.floor(random() * 4)),
    async cancel() {
      const one = unsettled.size === 0 ? undefined : pick(random, [...unsettled.values()]);
      const before = one && life.outbox.read(one.id)?.state;
      if (one === undefined || before === undefined) return;
      if (!["scheduled", "available", "retryable", "executing", "discarded"].includes(before)) return;
      const isOnWire = server.waiting.some(({ id }) => id === messageIdOf(one.id));
      const relays = before === "executing" && !isOnWire ? server.relays(messageIdOf(one.id)) : undefined;
      one.relaysAtRecall = relays;
      life.outbox.desk.cancel(one.id);
      await settle();
      // The process died before that was written: nobody recalls it any more.
      if (life.store.isDead) one.relaysAtRecall = undefined;
      if (!life.store.isDead && life.outbox.read(one.id)?.state === "cancelled") one.cancelled = true;
    },
    retry() {
      for (const one of promised.values()) {
        if (life.outbox.read(one.id)?.state === "discarded") one.retried = true;
      }
      life.outbox.desk.retry("all");
    },
    restricted() {
      const until = random() < 0.5 ? undefined : clock.now() + HOUR_MS;
      heldUntil = until ?? 0;
      life.outbox.restricted(until === undefined ? undefined : { until });
    },
  };
  const weights: Record<keyof typeof events, number> = {
    hand: 30,
    handAgain: 3,
    pass: 40,
    passLong: 1,
    connect: 10,
    disconnect: 4,
    answer: 40,
    receipt: 10,
    release: 10,
    crash: 1,
    crashSoon: 2,
    cancel: 4,
    retry: 0.5,
    restricted: 1,
  };
  const all = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const anyEvent = (): string => {
    let roll = random() * all;
    for (const [name, weight] of Object.entries(weights)) if ((roll -= weight) < 0) return name;
    return "pass";
  };

  const within = ({ burst, everyMs }: Rate, times: readonly number[]): boolean =>
    times.every((from, first) => times.slice(first).every((to, more) => more + 1 <= burst + (to - from) / everyMs));

  const look = (): void => {
    const inHand = new Set<string>();
    for (const { id, chat } of unsettled.values()) {
      const status = life.outbox.read(id);
      if (status === null) blame("forgotten", id);
      else if (status.attempts > MAX_ATTEMPTS) blame("one attempt too many", id);
      if (status?.state === "executing" && inHand.has(chat)) blame("two in hand", id);
      if (status?.state === "executing") inHand.add(chat);
      if (["sent", "delivered", "cancelled"].includes(status?.state ?? "")) unsettled.delete(id);
    }
    const recent = takenAt.slice(-15);
    if (
      !within(
        LIMITS.overall,
        recent.map(({ at }) => at),
      )
    )
      blame("too much at once");
    for (const chat of new Set(recent.map((one) => one.chat))) {
      const rate = isStranger(chat) ? LIMITS.stranger : LIMITS.chat;
      if (
        !within(
          rate,
          recent.filter((one) => one.chat === chat).map(({ at }) => at),
        )
      )
        blame("too much to", chat);
    }
  };

  return {
    rig,
    server,
    promised,
    faults,
    tally,
    get outbox() {
      return life.outbox;
    },
    async happen() {
      const name = anyEvent();
      tally.set(name, (tally.get(name) ?? 0) + 1);
      await events[name]?.();
      await settle();
      if (life.store.isDead) {
        begin();
        await settle();
      }
      look();
    },
    async heal() {
      isCalm = true;
      life.store.crash();
      begin();
      await settle();
      for (let round = 0; round < 5000 && life.outbox.counts.pending + life.outbox.counts.retrying > 0; round += 1) {
        for (const message of server.waiting) answer(message);
        await settle();
        clock.advance(Math.min(HOUR_MS, clock.untilNextMs ?? 1000));
        await settle();
      }
      look();
    },
  };
};
