import type { SignalDataSet } from "@whiskeysockets/baileys";
import { quantile, record, type Samples } from "./figures.ts";
import type { KeyStore } from "./key-stores.ts";

const IN_FLIGHT = 50;

const timed = async (store: KeyStore, keys: SignalDataSet, times: number[]): Promise<void> => {
  const from = performance.now();
  await store.set(keys);
  times.push(performance.now() - from);
};

// As messages do: each in a turn of the event loop of its own.
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const oneByOne = async (store: KeyStore, sets: readonly SignalDataSet[]): Promise<number[]> => {
  const times: number[] = [];
  for (const keys of sets) {
    await timed(store, keys, times);
    await nextTurn();
  }
  return times;
};

const manyAtOnce = async (store: KeyStore, sets: readonly SignalDataSet[]): Promise<number[]> => {
  const times: number[] = [];
  const queue = sets.values();
  const work = async (): Promise<void> => {
    for (const keys of queue) await timed(store, keys, times);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return times;
};

/** Names of the figures that `measureSets` records. */
export const setFigures = (name: string) => ({
  p50: `${name}: keys.set one by one, p50 ms`,
  p99: `${name}: keys.set one by one, p99 ms`,
  perSecond: `${name}: keys.set with ${IN_FLIGHT} in flight, per second`,
  busyP99: `${name}: keys.set with ${IN_FLIGHT} in flight, p99 ms`,
});

/** `keys.set` over a trace: one half one by one, the other with many in flight. */
export const measureSets = async (
  samples: Samples,
  name: string,
  store: KeyStore,
  before: readonly SignalDataSet[],
  sets: readonly SignalDataSet[],
): Promise<void> => {
  for (const keys of before) await store.set(keys);
  const figures = setFigures(name);
  const half = Math.floor(sets.length / 2);
  const single = await oneByOne(store, sets.slice(0, half));
  record(samples, figures.p50, quantile(single, 0.5));
  record(samples, figures.p99, quantile(single, 0.99));
  const from = performance.now();
  const busy = await manyAtOnce(store, sets.slice(half));
  record(samples, figures.perSecond, busy.length / ((performance.now() - from) / 1000));
  record(samples, figures.busyP99, quantile(busy, 0.99));
};
