import { errorCode } from "@blacksky/errors";
import type { Store } from "@blacksky/store";
import {
  decodeHistory,
  decodeUptime,
  encodeHistory,
  encodeUptime,
  extendSpan,
  type ConnectionHistory,
  type Uptime,
} from "@blacksky/whatsapp";

const HISTORY_KEY = "connection/history";
const UPTIME_KEY = "connection/uptime";
/** Beside the records, on this disk alone: the newest span and how far it reaches, between two writes of the record. */
const MARK = "connection.uptimeMark";

/** What is kept. */
export interface KeptHistory {
  readonly history: ConnectionHistory;
  readonly uptime: Uptime;
}

/** The history in a store. */
export interface HistoryRecords {
  read(): KeptHistory;
  /** Resolves with the position of the change; what has not changed is not written. */
  write(kept: KeptHistory): Promise<number>;
  /** Notes how far the newest span reaches, without a change that would have to be replicated. */
  mark(uptime: Uptime): void;
}

/** What the mark adds, when it is of the same span: a store that was restored has another, or none. */
const withMark = (uptime: Uptime, mark: string | undefined): Uptime => {
  const [from, to = Number.NaN] = (mark ?? "").split(" ").map(Number);
  return from === uptime.spans.at(-1)?.[0] && Number.isSafeInteger(to) ? extendSpan(uptime, to) : uptime;
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads and writes in this store. */
export const openHistoryRecords = (store: Store): HistoryRecords => {
  let newest: ConnectionHistory | undefined;
  const textOf = (key: string): string => {
    try {
      return new TextDecoder().decode(store.get(key));
    } catch (error) {
      // Figures that are damaged are begun anew; what ails the whole store is not for us to hide.
      if (errorCode(error) === "store.corruptRecord") return "";
      throw error;
    }
  };
  return {
    read() {
      const history = decodeHistory(textOf(HISTORY_KEY));
      newest = history;
      return { history, uptime: withMark(decodeUptime(textOf(UPTIME_KEY)), store.meta.get(MARK)) };
    },
    write({ history, uptime }) {
      const changes = [{ key: UPTIME_KEY, value: bytesOf(encodeUptime(uptime)) }];
      if (history !== newest) changes.push({ key: HISTORY_KEY, value: bytesOf(encodeHistory(history)) });
      newest = history;
      return store.write(changes);
    },
    mark({ spans }) {
      const span = spans.at(-1);
      if (span !== undefined) store.meta.set(MARK, `${String(span[0])} ${String(span[1])}`);
    },
  };
};
