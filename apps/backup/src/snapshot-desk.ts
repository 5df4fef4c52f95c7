import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import { control, session } from "@blacksky/protocol";
import type { SnapshotList } from "@blacksky/protocol";
import type { Store } from "@blacksky/store";

import type { Context } from "./context.ts";
import { notReadyError } from "./endings.ts";
import type { Claim } from "./lease/claim-lease.ts";
import { listSnapshots } from "./restore/list-snapshots.ts";
import { orderRestore } from "./restore/order-restore.ts";
import type { Snapshots } from "./snapshot/snapshots.ts";
import type { TakenSnapshot } from "./snapshot/take-snapshot.ts";

export interface SnapshotDeskOptions {
  readonly context: Context;
  readonly store: Store;
  readonly snapshots: Snapshots;
  /** The lease, once there is one. */
  readonly claim: () => Claim | undefined;
}

/** What others may ask of the snapshots of an open session. */
export interface SnapshotDesk {
  /** Throws what `Snapshots.take` throws. */
  take(reason: string): Promise<TakenSnapshot>;
  /** Throws what `listSnapshots` throws. */
  list(): Promise<SnapshotList>;
  /** Orders a restore; throws what `orderRestore` throws, and `backup.restoring` while another one is under way. */
  restore(wanted: { readonly id: string; readonly force: boolean }): Promise<number>;
  /** A restore is ordered, and this session is about to end for it. */
  readonly restoring: boolean;
}

/** One restore at a time: the second would take a snapshot of what the first is about to replace. */
export const createSnapshotDesk = ({ context, store, snapshots, claim }: SnapshotDeskOptions): SnapshotDesk => {
  let restoring = false;
  return {
    take: (reason) => snapshots.take(reason),
    list: () => listSnapshots(context, claim()),
    async restore(wanted) {
      if (restoring) throw new BlackskyError("backup.restoring", "A restore is under way already.");
      restoring = true;
      try {
        return await orderRestore({ context, store, snapshots, claim: claim() }, wanted);
      } catch (error) {
        restoring = false;
        throw error;
      }
    },
    get restoring() {
      return restoring;
    },
  };
};

/** Answers requests over the channel, as long as there is a session. */
export const answerSnapshotRequests = (channel: Channel, find: () => SnapshotDesk | undefined): void => {
  const desk = (): SnapshotDesk => {
    const found = find();
    if (found === undefined) throw notReadyError();
    return found;
  };
  channel.handle(session.snapshot, async ({ reason }) => {
    const { description, database } = await desk().take(reason);
    const { id, recordCount, bytes } = description;
    const places: SnapshotList["unread"] = database === "written" ? ["database", "disk"] : ["disk"];
    return { id, recordCount, bytes, places };
  });
  channel.handle(session.snapshots, () => desk().list());
  channel.handle(session.restore, async (wanted) => {
    const position = await desk().restore(wanted);
    channel.emit(control.restartRequested, { scope: "all", reason: "a snapshot is to be restored" });
    return { position };
  });
};
