import type { SimulatorEvent, World } from "@blacksky/harness";

/** What the simulated WhatsApp has seen of one account since the watch began. */
export interface AccountWatch {
  /** When it logged in. */
  readonly logins: readonly number[];
  /** When a login was refused. */
  readonly refusals: readonly number[];
  /** When a connection of a device of it ended. */
  readonly ends: readonly number[];
}

const timesOf = (events: readonly SimulatorEvent[], type: SimulatorEvent["type"]): readonly number[] =>
  events.filter((event) => event.type === type).map(({ at }) => at);

/** Watches an account from now on. */
export const watchAccount = ({ simulator }: World, phone: string): AccountWatch => {
  const events: SimulatorEvent[] = [];
  simulator.onAny((event) => {
    if ("phone" in event && event.phone === phone) events.push(event);
  });
  return {
    get logins() {
      return timesOf(events, "login.succeeded");
    },
    get refusals() {
      return timesOf(events, "login.rejected");
    },
    get ends() {
      return timesOf(events, "socket.closed");
    },
  };
};
