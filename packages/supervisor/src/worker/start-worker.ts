import { describeError, EXIT, type BlackskyError, type ExitCode } from "@blacksky/errors";
import { createChannel, createProcessPort, type Channel, type IpcEndpoint, type Port } from "@blacksky/ipc";
import { delay, systemClock, type Clock, type Timer } from "@blacksky/machine";
import { control, PROTOCOL_VERSION } from "@blacksky/protocol";
import { getHeapStatistics } from "node:v8";
import { collectGarbage } from "./collect-garbage.ts";

/** The few log calls a worker's shell makes; any logger of ours fits. */
export interface WorkerLog {
  info(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface WorkerOptions {
  /** `process` in production. */
  readonly endpoint: IpcEndpoint;
  readonly pid: number;
  /** Version of the build, told to the parent. */
  readonly build: string;
  readonly log: WorkerLog;
  /** Ends the process: `process.exit`. */
  readonly exit: (code: ExitCode) => void;
  /**
   * Drains and flushes within the deadline. Called once, however often a stop is asked for. `ordered`: the parent asked for
   * it in its turn; false when the parent is gone, or this worker ends by itself.
   */
  readonly onShutdown: (deadlineMs: number, ordered: boolean) => Promise<{ unfinished: number }>;
  /** Lets go of what can be had again, when memory runs short; garbage is collected after it. */
  readonly onTrim?: () => void;
  /** How often V8's figures are told to the parent. */
  readonly memorySampleMs?: number;
  readonly clock?: Clock;
}

/** A worker's tie to its parent. */
export interface Worker {
  readonly channel: Channel;
  /** Tells the parent that the next child may start. */
  ready(): void;
  /** The worker ends itself for a reason of its own: flushes like a shutdown, then exits with `code`. */
  end(code: ExitCode): Promise<void>;
}

/** Without a parent nobody waits for us, but the next runner's bot must not meet ours: be quick. */
const ORPHAN_DEADLINE_MS = 10_000;
/** A drain that outlives its deadline by this is stuck; nobody is there to kill us. */
const STUCK_AFTER_MS = ORPHAN_DEADLINE_MS + 1000;
const DEFAULT_MEMORY_SAMPLE_MS = 10_000;

/**
 * Makes this process a child of the runner: says hello, answers pings, obeys the shutdown order, and ends by itself
 * when the parent is gone or speaks nonsense. Register handlers on the channel in the same turn.
 */
export const startWorker = (options: WorkerOptions): Worker => {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const port: Port = createProcessPort(options.endpoint);
  let ending: Promise<{ unfinished: number }> | undefined;
  let sampling: Timer | undefined;
  let left = false;

  const leave = (code: ExitCode): void => {
    if (left) return;
    left = true;
    sampling?.cancel();
    options.exit(code);
  };

  const drain = (deadlineMs: number, ordered: boolean): Promise<{ unfinished: number }> => {
    ending ??= (async () => {
      channel.emit(control.draining, {});
      try {
        return await options.onShutdown(deadlineMs, ordered);
      } catch (error) {
        log.error(`Stopping did not go as it should: ${describeError(error)}`, { error });
        return { unfinished: 1 };
      }
    })();
    return ending;
  };

  const end = async (code: ExitCode): Promise<void> => {
    const stuck = new AbortController();
    const giveUp = delay(clock, STUCK_AFTER_MS, stuck.signal).then(
      () => log.error("Stopping does not come to an end; leaving with work undone."),
      () => undefined,
    );
    await Promise.race([drain(ORPHAN_DEADLINE_MS, false), giveUp]);
    stuck.abort();
    leave(code);
  };

  const onViolation = (error: BlackskyError): void => {
    log.error("The parent sent what this build does not understand; ending.", { error });
    void end(EXIT.protocol);
  };

  const channel = createChannel({ port, onViolation, clock });
  channel.handle(control.ping, () => ({}));
  channel.on(control.trimRequested, () => {
    options.onTrim?.();
    collectGarbage();
    sampleMemory();
  });
  channel.handle(control.shutdown, async ({ deadlineMs }) => {
    const outcome = await drain(deadlineMs, true);
    // The reply must leave before the process does.
    setImmediate(() => leave(EXIT.ok));
    return outcome;
  });
  channel.onClose(() => {
    if (ending === undefined) log.info("The parent is gone; draining and ending.");
    void end(EXIT.ok);
  });
  channel.emit(control.hello, { protocolVersion: PROTOCOL_VERSION, build: options.build, pid: options.pid });

  const sampleMemory = (): void => {
    sampling?.cancel();
    const heap = getHeapStatistics();
    channel.emit(control.memorySampled, { heapUsedBytes: heap.used_heap_size, heapLimitBytes: heap.heap_size_limit });
    sampling = clock.startTimer(options.memorySampleMs ?? DEFAULT_MEMORY_SAMPLE_MS, sampleMemory);
  };
  sampleMemory();

  return { channel, ready: () => channel.emit(control.ready, {}), end };
};
