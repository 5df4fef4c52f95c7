import type { KeyPair } from "@whiskeysockets/baileys";
import type { EventBus } from "../event-bus.ts";
import type { StandingFaults } from "../faults/standing.ts";
import type { LedgerKeeper } from "../ledger.ts";
import type { Directory } from "./directory.ts";

/** What every part of the server shares: who there is, what was counted, who listens. */
export interface World {
  directory: Directory;
  ledger: LedgerKeeper;
  events: EventBus;
  /** Signs the certificate chain; its public half is what clients are told. */
  rootKey: KeyPair;
  /** Answer to a device's first question for its pre-key count. */
  firstPreKeyCount: number;
  /** Notes that something worth saving has changed. */
  changed: () => void;
  /** What is wrong at the moment, until somebody takes it back. */
  standing: StandingFaults;
}
