import type { Environment } from "./environment.ts";
import { encodeEntry } from "./feed-entry.ts";

/**
 * Brings a store of schema 1, whose feed had a key per position and an index of them, to schema 2; `finish` says so in
 * the same transaction.
 */
export const upgradeFeed = (environment: Environment, finish: () => void): void => {
  const [feed, index] = ["feed", "index"].map((name) => environment.openOldTable(name));
  const entries = Array.from(feed?.getRange({}) ?? [], ({ key, value }) => ({
    at: Buffer.from(key),
    key: Buffer.from(value),
  }));
  const bytes = entries.reduce((sum, { at, key }) => sum + at.length + key.length, 0);
  environment.transaction({ changes: 3 * entries.length + 1, bytes }, () => {
    for (const { at, key } of entries) {
      environment.feed.putSync(at, encodeEntry([key]));
      feed?.removeSync(at);
      index?.removeSync(key);
    }
    finish();
  });
};
