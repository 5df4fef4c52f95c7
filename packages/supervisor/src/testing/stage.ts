import { createFakeClock, type Clock, type FakeClock } from "@blacksky/machine";
import { control, PROTOCOL_VERSION } from "@blacksky/protocol";
import type { ChildSpec } from "../child-spec.ts";
import { createSupervisor, type Supervisor } from "../create-supervisor.ts";
import type { SupervisorOptions } from "../options.ts";
import { specOf } from "./contexts.ts";
import { createFakeProcesses, type FakeProcesses } from "./fake-processes.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** A supervisor on fake processes and a fake clock, with what it told. */
export interface Stage {
  readonly supervisor: Supervisor;
  readonly processes: FakeProcesses;
  readonly clock: FakeClock;
  readonly lines: readonly LogLine[];
  /** `id state` of each child whenever something showed. */
  readonly changes: readonly string[];
  /** Ids and generations in the order their channels came. */
  readonly channels: readonly string[];
  /** Lets what waits for microtasks happen. */
  settle(): Promise<void>;
  /** Moves the clock in small steps, letting everything happen between them. */
  pass(ms: number): Promise<void>;
  /** This process sleeps: then all timers fire late, before anything that waits in the pipes is read. */
  oversleep(ms: number): Promise<void>;
  /** The newest process of that child says hello and is ready. */
  ready(id: string): Promise<void>;
  states(): string;
  /** Starts, and makes each child ready in its turn. */
  startAll(): Promise<void>;
}

const STEP_MS = 100;
const HEARTBEAT = { intervalMs: 1000, deadlineMs: 3000 };

/** Three children, `backup`, `bot` and `keeper`, unless the test brings its own. */
export const createStage = (
  children: readonly ChildSpec[] = ["backup", "bot", "keeper"].map((id) => specOf({ id })),
  more: Partial<SupervisorOptions> = {},
): Stage => {
  const clock = createFakeClock(1_000_000);
  let sleptMs = 0;
  const watch: Clock = {
    now: () => clock.now() + sleptMs,
    monotonic: () => clock.monotonic(),
    startTimer: (ms, fire) => clock.startTimer(ms, fire),
  };
  const processes = createFakeProcesses(watch);
  const lines: LogLine[] = [];
  const changes: string[] = [];
  const channels: string[] = [];
  const logAt =
    (level: LogLine["level"]) =>
    (message: string, fields?: Record<string, unknown>): void =>
      void lines.push({ level, message, fields });
  const supervisor = createSupervisor({
    children,
    intensity: { restarts: 3, periodMs: 60_000 },
    heartbeat: HEARTBEAT,
    log: { debug: logAt("debug"), info: logAt("info"), warn: logAt("warn"), error: logAt("error") },
    spawn: processes.spawn,
    clock: watch,
    random: () => 0,
    onChannel: (id, _channel, generation) => void channels.push(`${id} ${String(generation)}`),
    onChange: (views) => void changes.push(views.map(({ state }) => state).join(" ")),
    ...more,
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const ready = async (id: string): Promise<void> => {
    const process = processes.newest(id);
    process.hello(PROTOCOL_VERSION);
    process.channel.emit(control.ready, {});
    await settle();
  };
  return {
    supervisor,
    processes,
    clock,
    lines,
    changes,
    channels,
    settle,
    ready,
    async pass(ms) {
      for (let left = ms; left > 0; left -= STEP_MS) {
        clock.advance(Math.min(STEP_MS, left));
        await settle();
      }
    },
    oversleep(ms) {
      sleptMs += ms;
      clock.advance(HEARTBEAT.deadlineMs);
      return settle();
    },
    states: () =>
      supervisor
        .children()
        .map(({ state }) => state)
        .join(" "),
    async startAll() {
      supervisor.start();
      for (const { id } of children) await ready(id);
    },
  };
};
