import { answers } from "./answers.ts";
import type { Faults } from "./contract.ts";
import { endings } from "./endings.ts";
import { messageFaults } from "./messages.ts";
import { networkFaults } from "./network.ts";
import type { Targets } from "./targets.ts";

/** The faults of a running server; each is noted as an event before it strikes. */
export const createFaults = (targets: Targets): Faults => ({
  ...networkFaults(targets),
  ...endings(targets),
  ...answers(targets),
  ...messageFaults(targets),
});
