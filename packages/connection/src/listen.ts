import { BlackskyError } from "@blacksky/errors";
import type { Channel } from "@blacksky/ipc";
import type { Interpreter, Random } from "@blacksky/machine";
import { connection } from "@blacksky/protocol";
import { isHeld, isPermanent, type ConnectionEvent, type ConnectionState } from "@blacksky/whatsapp";
import type { Executor } from "./executor.ts";

type Machine = Interpreter<ConnectionState, ConnectionEvent>;

/** A person's wish overrules what only a person may overrule, but not a pause that WhatsApp asked for. */
const obeyPerson = (machine: Machine): void => {
  const before = machine.state;
  const stuck = isPermanent(before) || before.status === "replaced" || before.status === "stopped";
  machine.send({ type: stuck ? "resume" : "reconnect" });
  if (before.status !== "backingOff" || !isHeld(before) || machine.state !== before) return;
  const until = new Date(before.untilMs).toISOString();
  throw new BlackskyError("connection.held", `WhatsApp asked for a pause; the next attempt is at ${until}.`, {
    hint: "Wait for it: earlier attempts would make the pause longer.",
  });
};

/** Tells the machine what the bot and the parent tell us. Register in the turn in which the channel was opened. */
export const listenToBot = (channel: Channel, machine: Machine, executor: Executor, random: Random): void => {
  channel.on(connection.executorStarted, () => {
    executor.forget();
    machine.send({ type: "executorStarted" });
  });
  channel.on(connection.executorLost, () => {
    executor.forget();
    machine.send({ type: "executorLost" });
  });
  channel.on(connection.pairingStarted, ({ generation }) => machine.send({ type: "pairingStarted", generation }));
  channel.on(connection.socketOpened, ({ generation }) => machine.send({ type: "socketOpened", generation }));
  channel.on(connection.socketClosed, ({ expiresAt, ...closed }) => {
    machine.send({ type: "socketClosed", ...closed, expiresAtMs: expiresAt, chance: random() });
  });
  channel.on(connection.pairingWanted, () => machine.send({ type: "pairingWanted" }));
  channel.handle(connection.reconnect, () => {
    obeyPerson(machine);
    return {};
  });
};
