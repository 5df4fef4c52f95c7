import type { Ledger, Simulator } from "@blacksky/simulator";

/** Messages that one side could not read and that nobody has repaired since. */
export interface Undecryptable {
  /** Ids of the bot's messages that a person still cannot read. */
  readonly byPeople: readonly string[];
  /** Ids of people's messages that the bot has asked for again and never got. */
  readonly byBot: readonly string[];
  /** How many could not be read at first, repaired or not. */
  readonly atFirst: number;
}

/** Notes what people cannot read, from now on; the bot's own trouble stands in the ledger. */
export const watchUndecryptable = (simulator: Simulator): { read(ledger: Ledger): Undecryptable } => {
  const failures = new Map<string, { id: string; by: string }>();
  simulator.on("message.undecryptable", ({ id, by }) => void failures.set(`${by} ${id}`, { id, by }));
  return {
    read({ messages }) {
      const asked = messages.filter(({ receipts }) => (receipts["retry"] ?? 0) > 0);
      const isSeen = ({ id, by }: { id: string; by: string }): boolean =>
        messages.some((entry) => entry.direction === "from-client" && entry.id === id && by in entry.seenBy);
      return {
        byPeople: [...failures.values()].filter((failure) => !isSeen(failure)).map(({ id }) => id),
        byBot: asked
          .filter(({ direction, acknowledged }) => direction === "to-client" && !acknowledged)
          .map(({ id }) => id),
        atFirst: failures.size + asked.filter(({ direction }) => direction === "to-client").length,
      };
    },
  };
};
