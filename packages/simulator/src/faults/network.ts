import { setTimeout as pause } from "node:timers/promises";
import { describeError } from "@blacksky/errors";
import { parsePhone } from "../world/address.ts";
import type { Faults } from "./contract.ts";
import { devicesOf } from "./devices-of.ts";
import type { Targets } from "./targets.ts";

/** What happens to connections on their way, and at the door. */
export const networkFaults = ({
  world,
  gateway,
  listener,
}: Targets): Pick<Faults, "drop" | "stall" | "latency" | "refuse" | "upgrade"> => ({
  drop: (input) => {
    const phone = input === undefined ? undefined : parsePhone(input);
    world.events.emit("fault.injected", { fault: "drop", ...(phone === undefined ? {} : { phone }) });
    return gateway.drop(phone);
  },
  stall: (phone, stalled) => {
    const connections = devicesOf(world, stalled ? "stalled" : "released", phone)
      .map(({ connection }) => connection)
      .filter((connection) => connection?.open === true && connection.stalled !== stalled);
    for (const connection of connections) {
      if (stalled) connection?.stall();
      else connection?.release();
    }
    return connections.length;
  },
  latency: (ms, jitterMs = 0) => {
    world.events.emit("fault.injected", { fault: "latency" });
    world.standing.latency = { ms, jitterMs };
  },
  refuse: async (ms) => {
    world.events.emit("fault.injected", { fault: "refuse" });
    await listener.close();
    await pause(ms);
    try {
      await listener.listen();
    } catch (error) {
      world.events.emit("fault.failed", { fault: "refuse", problem: describeError(error) });
      throw error;
    }
  },
  upgrade: (answer, times) => {
    world.events.emit("fault.injected", { fault: "upgrade" });
    world.standing.upgrades.set(answer === "websocket" ? undefined : answer, { times });
  },
});
