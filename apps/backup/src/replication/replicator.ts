import { BlackskyError, errorCode } from "@blacksky/errors";
import { createNamedTimers, interpret } from "@blacksky/machine";
import type { Interpreter } from "@blacksky/machine";
import type { Store } from "@blacksky/store";

import type { Context } from "../context.ts";
import type { ChangeWriter } from "./change-writer.ts";
import { createFlushWaiters } from "./flush-waiters.ts";
import type { FlushWaiters } from "./flush-waiters.ts";
import { replicationTransition } from "./replication-machine.ts";
import type {
  ReplicationContext,
  ReplicationEffect,
  ReplicationEvent,
  ReplicationState,
} from "./replication-machine.ts";

/** What replication tells about itself. */
export interface ReplicationNews {
  /** A change set was written; everything up to `position` is safe. */
  replicated(position: number): void;
  failed(error: unknown): void;
  /** The lease is lost, for this reason where it is known; nothing is written any more. */
  fenced(cause: unknown): void;
}

export interface ReplicatorOptions {
  readonly context: Pick<Context, "clock" | "random" | "pace" | "log">;
  readonly store: Pick<Store, "position">;
  readonly writer: ChangeWriter;
  readonly news: ReplicationNews;
}

/** Keeps a replica up with its store. */
export interface Replicator {
  /** The store may have moved on. Cheap when it has not. */
  look(): void;
  /**
   * Replicates everything written before the call.
   *
   * @throws BlackskyError `backup.flushDeadline`, `replica.fenced`, `backup.stopped`
   */
  flush(deadlineMs: number): Promise<void>;
  /** Another process has the lease, as somebody else found out. */
  fence(): void;
  /** Starts nothing more; resolves when the change set under way has ended. */
  stop(): Promise<void>;
}

const LOST = new Set(["replica.fenced", "replica.backward", "replica.gone"]);

const ended = (status: "fenced" | "stopped"): BlackskyError =>
  status === "fenced"
    ? new BlackskyError("replica.fenced", "The lease on this session now belongs to another process.")
    : new BlackskyError("backup.stopped", "Replication has stopped.");

const runMachine = (
  { context, writer, news }: ReplicatorOptions,
  waiters: FlushWaiters,
  onUnderWay: (work: Promise<void>) => void,
): Interpreter<ReplicationState, ReplicationEvent> => {
  const { clock, random, pace, log } = context;
  const timers = createNamedTimers<"wait">(clock);
  let lostBecause: unknown;

  const replicate = async (): Promise<ReplicationEvent> => {
    try {
      await writer.write();
    } catch (error) {
      if (LOST.has(errorCode(error))) {
        lostBecause = error;
        return { type: "fenced" };
      }
      news.failed(error);
      return { type: "failed", chance: random() };
    }
    news.replicated(writer.position);
    waiters.reached(writer.position);
    return { type: "replicated", behind: writer.isBehind() };
  };

  const perform = (effect: ReplicationEffect, send: (event: ReplicationEvent) => void): void => {
    switch (effect.type) {
      case "replicate":
        onUnderWay(replicate().then(send));
        break;
      case "startTimer":
        timers.start("wait", effect.delayMs, () => send({ type: "timer" }));
        break;
      case "cancelTimer":
        timers.cancel("wait");
        break;
      case "surrender":
        waiters.rejectAll(ended("fenced"));
        news.fenced(lostBecause);
        break;
    }
  };

  return interpret<ReplicationContext, ReplicationState, ReplicationEvent, ReplicationEffect>({
    transition: replicationTransition,
    context: { gatherMs: pace.gatherMs, backOff: pace.backOff },
    initial: { status: "idle" },
    clock,
    perform,
    onEffectFailure: () => ({ type: "failed", chance: random() }),
    onTransition: ({ from, to, event }) =>
      log.debug("Replication moved on.", { from: from.status, to: to.status, event: event.type }),
  });
};

/** Runs the replication machine with one writer. */
export const createReplicator = (options: ReplicatorOptions): Replicator => {
  const { context, store, writer } = options;
  const waiters = createFlushWaiters(context.clock);
  let underWay: Promise<void> = Promise.resolve();
  const machine = runMachine(options, waiters, (work) => {
    underWay = work;
  });

  return {
    look() {
      if (writer.isBehind()) machine.send({ type: "changed" });
    },
    async flush(deadlineMs) {
      const { status } = machine.state;
      if (status === "fenced" || status === "stopped") throw ended(status);
      if (!writer.isBehind()) return;
      const replicated = waiters.wait(store.position, deadlineMs);
      machine.send({ type: "flush" });
      await replicated;
    },
    fence: () => machine.send({ type: "fenced" }),
    async stop() {
      machine.send({ type: "stop" });
      waiters.rejectAll(ended("stopped"));
      await underWay;
    },
  };
};
