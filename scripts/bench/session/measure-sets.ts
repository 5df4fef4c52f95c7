import type { SignalDataSet } from "@whiskeysockets/baileys";
import { quantile, record, type Samples } from "./figures.ts";
import type { KeyStore } from "./key-stores.ts";
import type { Trace } from "./trace.ts";

const IN_FLIGHT = 50;

type Messages = Trace["messages"];

const timed = async (store: KeyStore, keys: SignalDataSet, times: number[]): Promise<void> => {
  const from = performance.now();
  await store.set(keys);
  times.push(performance.now() - from);
};

// As messages do: each in a turn of the event loop of its own.
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const oneByOne = async (store: KeyStore, messages: Messages): Promise<number[]> => {
  const times: number[] = [];
  for (const keys of messages.flat()) {
    await timed(store, keys, times);
    await nextTurn();
  }
  return times;
};

/** So many messages at once; each is answered after what came is kept. */
const manyAtOnce = async (store: KeyStore, messages: Messages): Promise<number[]> => {
  const times: number[] = [];
  const queue = messages.values();
  const work = async (): Promise<void> => {
    for (const sets of queue) for (const keys of sets) await timed(store, keys, times);
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
  messages: Messages,
): Promise<void> => {
  for (const keys of before) await store.set(keys);
  const figures = setFigures(name);
  const half = Math.floor(messages.length / 2);
  const single = await oneByOne(store, messages.slice(0, half));
  record(samples, figures.p50, quantile(single, 0.5));
  record(samples, figures.p99, quantile(single, 0.99));
  const from = performance.now();
  const busy = await manyAtOnce(store, messages.slice(half));
  record(samples, figures.perSecond, busy.length / ((performance.now() - from) / 1000));
  record(samples, figures.busyP99, quantile(busy, 0.99));
};
