import { BlackskyError } from "@blacksky/errors";
import type { Environment } from "./environment.ts";
import { readPosition, writePosition, writeRestoring, writeTrimmedPosition } from "./meta.ts";
import { putRecords } from "./restore.ts";
import { invalidRequest } from "./store-errors.ts";
import type { RecordChange } from "./store.ts";

const begin = (environment: Environment): void =>
  environment.transaction({ changes: 1, bytes: 0 }, () => {
    const { feed, path } = environment;
    if (feed.getKeysCount({ limit: 1 }) > 0) {
      throw new BlackskyError("store.diverged", `The store at ${path} has changes of its own; it follows nobody.`, {
        hint: "Restore into a new store instead.",
      });
    }
    writeRestoring(environment, true);
  });

/** See `Store.catchUp`. The mark set first and removed last keeps a half-made state from ever being opened as a session. */
export const catchUp = async (
  environment: Environment,
  position: number,
  fill: (put: (changes: readonly RecordChange[]) => void) => Promise<void>,
): Promise<void> => {
  const before = environment.reading(() => readPosition(environment));
  if (!Number.isSafeInteger(position) || position < before) {
    throw invalidRequest(`A store at position ${before} cannot be brought to ${position}.`);
  }
  begin(environment);
  await fill((changes) => putRecords(environment, changes));
  environment.transaction({ changes: 3, bytes: 0 }, () => {
    writePosition(environment, position);
    writeTrimmedPosition(environment, position);
    writeRestoring(environment, false);
  });
};
