import { createChannel, createProcessPort, type Channel } from "@blacksky/ipc";
import type { Clock, Random } from "@blacksky/machine";
import { control } from "@blacksky/protocol";
import type { ChildNews } from "./child/event.ts";
import type { ChildSpec } from "./child-spec.ts";
import type { SpawnChild } from "./spawn.ts";

/** The process of one generation and the channel to it. */
export interface LivingChild {
  readonly generation: number;
  readonly channel: Channel;
  ping(deadlineMs: number): void;
  shutDown(deadlineMs: number): void;
  kill(): void;
}

export interface LivingChildOptions {
  readonly spec: ChildSpec;
  readonly generation: number;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly random: Random;
  /** Told in later turns, except `spawned`. */
  readonly tell: (news: ChildNews) => void;
}

/** Starts a process and turns all that is heard of it into news. */
export const startLivingChild = (options: LivingChildOptions): LivingChild => {
  const { spec, generation, clock, random, tell } = options;
  const process = options.spawn(spec);
  const channel = createChannel({
    port: createProcessPort(process.endpoint),
    clock,
    onViolation: (error) => tell({ type: "violated", generation, why: `broke the protocol: ${error.message}` }),
  });
  channel.on(control.hello, ({ protocolVersion }) => tell({ type: "helloed", generation, protocolVersion }));
  channel.on(control.ready, () => tell({ type: "ready", generation }));
  void process.ended.then((end) => {
    channel.close();
    tell({ ...end, generation, chance: random() });
  });
  if (process.pid !== undefined) tell({ type: "spawned", generation, pid: process.pid });

  return {
    generation,
    channel,
    ping(deadlineMs) {
      // No answer needs no news: the hang timer runs.
      channel.request(control.ping, {}, { deadlineMs }).then(
        () => tell({ type: "pinged", generation }),
        () => undefined,
      );
    },
    shutDown(deadlineMs) {
      // A child that cannot answer any more either ends or is killed when its time is over.
      channel.request(control.shutdown, { deadlineMs }, { deadlineMs }).then(
        ({ unfinished }) => tell({ type: "drained", generation, unfinished }),
        () => undefined,
      );
    },
    kill: () => process.kill(),
  };
};
