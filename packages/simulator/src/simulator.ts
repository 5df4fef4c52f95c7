import type { Simulator, SimulatorOptions } from "./contract.ts";
import { startControl } from "./control/http.ts";
import { EventBus } from "./event-bus.ts";
import { createFaults } from "./faults/create-faults.ts";
import { StandingFaults } from "./faults/standing.ts";
import { Gateway } from "./gateway.ts";
import { LedgerKeeper } from "./ledger.ts";
import { PairingDesk } from "./pairing/desk.ts";
import { silenceLibsignal } from "./signal/console-guard.ts";
import { StateKeeper } from "./state/keeper.ts";
import { accountView, personView } from "./views.ts";
import { issueServerIdentity } from "./wire/certificate.ts";
import { Connection } from "./wire/connection.ts";
import { WireListener } from "./wire/listener.ts";
import { Directory } from "./world/directory.ts";
import type { World } from "./world/world.ts";

const LOOPBACK = "127.0.0.1";

/** Loads the world, and sees to it that every change of it is saved. */
const openWorld = async (keeper: StateKeeper, firstPreKeyCount: number): Promise<World> => {
  const snapshot = await keeper.load();
  const changed = (): void => {
    keeper.changed();
  };
  const directory = new Directory(snapshot.directory, changed);
  const ledger = new LedgerKeeper(snapshot.ledger, changed);
  const { rootKey } = snapshot;
  keeper.follow(() => ({ rootKey, directory: directory.toRecord(), ledger: ledger.toRecord() }));
  return {
    directory,
    ledger,
    events: new EventBus(),
    rootKey,
    firstPreKeyCount,
    changed,
    standing: new StandingFaults(),
  };
};

/**
 * Starts a WhatsApp Web server on this machine, with a control plane beside it. Rejects with `simulator.state-corrupt`
 * when the state directory holds something else than a world, and with `simulator.bad-input` when a port is taken.
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { host = LOOPBACK, port = 0, controlPort = 0, stateDir, log, prekeyCount = 0 } = options;
  const keeper = new StateKeeper(stateDir);
  const world = await openWorld(keeper, prekeyCount);
  const unsilence = silenceLibsignal();
  if (log !== undefined) world.events.onAny(log);
  const desk = new PairingDesk(world);
  const gateway = new Gateway(world, desk);
  const listener = listenerFor(world, gateway, host, port);
  await listener.listen();
  const { directory, events } = world;
  const simulator: Omit<Simulator, "controlUrl"> = {
    url: listener.url,
    rootKey: Buffer.from(world.rootKey.public).toString("hex"),
    get accounts() {
      return directory.users.filter(({ role }) => role === "account").map((user) => accountView(world, desk, user));
    },
    get people() {
      return directory.users.filter(({ role }) => role === "person").map((user) => personView(world, user));
    },
    get groups() {
      return structuredClone(directory.groups);
    },
    faults: createFaults({ world, gateway, desk, listener }),
    addAccount: async (added) => accountView(world, desk, directory.addUser("account", added)),
    addPerson: async (added) => personView(world, directory.addUser("person", added)),
    addGroup: async (added) => structuredClone(directory.addGroup(added)),
    ledger: () => world.ledger.snapshot(),
    on: events.on.bind(events),
    onAny: events.onAny.bind(events),
    waitFor: events.waitFor.bind(events),
    stop: async () => {
      await control.close();
      await listener.close();
      await directory.settled();
      await keeper.save();
      events.close();
      directory.close();
      unsilence();
    },
  };
  const control = await startControl(simulator, { host, port: controlPort });
  return Object.defineProperties({ controlUrl: control.url } as Simulator, Object.getOwnPropertyDescriptors(simulator));
};

const listenerFor = (world: World, gateway: Gateway, host: string, port: number): WireListener => {
  const identity = issueServerIdentity(world.rootKey);
  const { standing, events } = world;
  const settings = { identity, listener: gateway, latency: () => standing.latency };
  let connections = 0;
  return new WireListener({
    host,
    port,
    onSocket: (socket) => {
      connections += 1;
      // The connection lives by its socket's listeners.
      void new Connection(connections, socket, settings);
    },
    upgradeAnswer: () => {
      const answer = standing.upgrades.take();
      if (answer !== undefined) events.emit("upgrade.refused", { answer });
      return answer;
    },
  });
};
