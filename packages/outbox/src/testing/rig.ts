import { createTestLogger } from "@blacksky/logger/testing";
import { createFakeClock, seededRandom, type FakeClock, type Random } from "@blacksky/machine";
import { notificationIdOf, type Notification } from "@blacksky/protocol";
import { openStore, type Store } from "@blacksky/store";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_LIMITS } from "../limits.ts";
import type { OutboxOptions } from "../options.ts";
import { createOutbox, type Outbox } from "../outbox.ts";

export const OWNER_JID = "491700000000@s.whatsapp.net";
const START = 1_700_000_000_000;

/** Any fixed function will do here. */
export const messageIdOf = (id: string): string =>
  `3EB0${createHash("sha256").update(id).digest("hex").slice(0, 18).toUpperCase()}`;

/** Lets everything happen that needs no time: commits, and what waits for them. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Outboxes on one real store, one after the other, with a clock of the test's own. */
export interface Rig {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly store: Store;
  readonly logged: string[];
  open(more?: Partial<OutboxOptions>): Outbox;
  close(): Promise<void>;
}

export const createRig = (seed = 1): Rig => {
  const folder = mkdtempSync(join(tmpdir(), "blacksky-outbox-"));
  const store = openStore({ path: join(folder, "store") });
  const clock = createFakeClock(START);
  const random = seededRandom(seed);
  const logged: string[] = [];
  const log = createTestLogger((level, message) => void (level === "debug" || logged.push(message)));
  return {
    clock,
    random,
    store,
    logged,
    open: (more = {}) =>
      createOutbox({
        store,
        clock,
        random,
        log,
        messageIdOf,
        owner: OWNER_JID,
        isKnown: () => true,
        onCounts: () => undefined,
        onChange: () => undefined,
        onFailure(error) {
          throw error;
        },
        limits: NO_LIMITS,
        ...more,
      }),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A notification, and the id that its key makes. */
export const notify = (
  key: string,
  to: string,
  more: Partial<Notification> = {},
): { readonly id: string; readonly notification: Notification } => ({
  id: notificationIdOf("TEST", key),
  notification: { to, text: `text of ${key}`, priority: 5, ...more },
});
