import { createChannel, createProcessPort, type Channel } from "@blacksky/ipc";
import type { Clock } from "@blacksky/machine";
import { control } from "@blacksky/protocol";
import { EventEmitter } from "node:events";
import { createDeferred } from "../deferred.ts";
import type { ProcessEnd, SpawnChild } from "../spawn.ts";

/** How the processes of one child behave; a test changes it between generations. */
export interface Behaviour {
  answersPing: boolean;
  obeysShutdown: boolean;
  diesWhenKilled: boolean;
  /** What it says it had to leave undone. */
  unfinished: number;
  /** The operating system's reason why there is no process. */
  spawnFailure: string | null;
}

/** A process that is not there, seen from its inside. */
export interface FakeProcess {
  readonly id: string;
  readonly pid: number;
  readonly channel: Channel;
  readonly killed: number;
  readonly alive: boolean;
  hello(protocolVersion: number): void;
  /** Sends what is no envelope. */
  babble(): void;
  die(code: number | null, signal?: string): void;
}

export interface FakeProcesses {
  readonly spawn: SpawnChild;
  /** Every process there was, oldest first. */
  readonly all: readonly FakeProcess[];
  behaviour(id: string): Behaviour;
  /** The newest process of a child; throws when there is none. */
  newest(id: string): FakeProcess;
}

interface End extends EventEmitter {
  connected: boolean;
  send?: (message: unknown, callback: (error: Error | null) => void) => boolean;
}

const createPipe = (): readonly [End, End, () => void] => {
  const ends = [
    Object.assign(new EventEmitter(), { connected: true }),
    Object.assign(new EventEmitter(), { connected: true }),
  ] as const;
  const [parent, child]: readonly [End, End] = ends;
  const link = (from: End, to: End): void => {
    from.send = (message, callback) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => to.emit("message", copy));
      callback(null);
      return true;
    };
  };
  link(parent, child);
  link(child, parent);
  const cut = (): void => {
    for (const end of ends) {
      end.connected = false;
      end.emit("disconnect");
    }
  };
  return [parent, child, cut];
};

const defaultBehaviour = (): Behaviour => ({
  answersPing: true,
  obeysShutdown: true,
  diesWhenKilled: true,
  unfinished: 0,
  spawnFailure: null,
});

/** Processes for tests without processes: the test says what happens in them. */
export const createFakeProcesses = (clock: Clock): FakeProcesses => {
  const all: FakeProcess[] = [];
  const behaviours = new Map<string, Behaviour>();
  const behaviour = (id: string): Behaviour => {
    const known = behaviours.get(id) ?? defaultBehaviour();
    behaviours.set(id, known);
    return known;
  };

  const spawn: SpawnChild = ({ id }) => {
    const manner = behaviour(id);
    const [endpoint, inside, cut] = createPipe();
    const ended = createDeferred<ProcessEnd>();
    let killed = 0;
    let alive = manner.spawnFailure === null;
    const die = (code: number | null, signal?: string): void => {
      if (!alive) return;
      alive = false;
      cut();
      ended.resolve({ type: "exited", code, signal: signal ?? null });
    };
    const kill = (): void => {
      killed += 1;
      if (manner.diesWhenKilled) die(null, "SIGKILL");
    };
    if (manner.spawnFailure !== null) {
      ended.resolve({ type: "spawnFailed", why: manner.spawnFailure });
      return { pid: undefined, endpoint, kill, ended: ended.promise };
    }
    const channel = createChannel({ port: createProcessPort(inside), clock, onViolation: () => die(65) });
    channel.handle(control.ping, () => (manner.answersPing ? {} : new Promise<never>(() => undefined)));
    channel.handle(control.shutdown, () => {
      if (!manner.obeysShutdown) return new Promise<never>(() => undefined);
      setImmediate(() => die(0));
      return { unfinished: manner.unfinished };
    });
    const pid = 100 + all.length;
    all.push({
      id,
      pid,
      channel,
      get killed() {
        return killed;
      },
      get alive() {
        return alive;
      },
      hello: (protocolVersion) => channel.emit(control.hello, { protocolVersion, build: "test", pid }),
      babble: () => void inside.send?.("babble", () => undefined),
      die,
    });
    return { pid, endpoint, kill, ended: ended.promise };
  };

  return {
    spawn,
    all,
    behaviour,
    newest(id) {
      const found = all.findLast((each) => each.id === id);
      if (found === undefined) throw new Error(`${id} never had a process`);
      return found;
    },
  };
};
