import type { Addressing } from "../world/address.ts";
import type { Group } from "../contract.ts";
import type { SimulatorEvent } from "../event-bus.ts";
import { failure } from "../failure.ts";
import type { Ledger } from "../ledger.ts";
import { readEvents } from "./event-source.ts";
import { remoteFaults } from "./remote-faults.ts";
import type { RemoteFaults } from "./remote-faults.ts";
import { remoteAccount, remotePerson } from "./remote-phone.ts";
import type { OpenEvents, RemoteAccount, RemotePerson } from "./remote-phone.ts";
import { ControlRequest } from "./request.ts";
import type { AccountState, PersonState, SimulatorDescription, SimulatorState } from "./views.ts";

/** A simulator in another process, with the same verbs as the one in this process. */
export interface SimulatorClient {
  readonly controlUrl: string;
  /** Where bots connect, and the key they must trust. */
  describe(): Promise<SimulatorDescription>;
  state(): Promise<SimulatorState>;
  ledger(): Promise<Ledger>;
  addAccount(options: { phone: string; name?: string }): Promise<RemoteAccount>;
  addPerson(options: { phone: string; name?: string; addressing?: Addressing; reads?: boolean }): Promise<RemotePerson>;
  addGroup(options: { subject: string; members: string[]; addressing?: Addressing }): Promise<Group>;
  /** Resolves when listening has begun: everything that happens from then on, until the signal aborts. */
  events(signal?: AbortSignal): Promise<AsyncIterable<SimulatorEvent>>;
  /** The next event that fits; rejects with `simulator.deadline`. */
  waitFor(predicate: (event: SimulatorEvent) => boolean, deadlineMs: number): Promise<SimulatorEvent>;
  /** As the in-process faults; the numbers say how many connections or devices were hit. */
  readonly faults: RemoteFaults;
}

/** Talks to a simulator's control plane. Errors are the simulator's own, or `simulator.unreachable`. */
export const connectSimulator = (controlUrl: string): SimulatorClient => {
  const request = new ControlRequest(controlUrl);
  const openEvents: OpenEvents = async (signal) => readEvents(await request.stream("/events", signal));
  return {
    controlUrl,
    describe: async () => request.get("/"),
    state: async () => request.get("/state"),
    ledger: async () => request.get("/ledger"),
    addAccount: async (options) => remoteAccount(request, await request.post<AccountState>("/accounts", options)),
    addPerson: async (options) =>
      remotePerson(request, openEvents, await request.post<PersonState>("/people", options)),
    addGroup: async (options) => request.post("/groups", options),
    events: async (signal = new AbortController().signal) => openEvents(signal),
    waitFor: async (predicate, deadlineMs) => waitForEvent(openEvents, predicate, deadlineMs),
    faults: remoteFaults(request),
  };
};

const waitForEvent = async (
  openEvents: OpenEvents,
  predicate: (event: SimulatorEvent) => boolean,
  deadlineMs: number,
): Promise<SimulatorEvent> => {
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    for await (const event of await openEvents(deadline)) {
      if (predicate(event)) return event;
    }
  } catch (error) {
    if (!deadline.aborted) throw error;
  }
  throw failure("simulator.deadline", `No such event within ${deadlineMs} ms.`, "Look at the ledger.");
};
