import type { UpgradeAnswer } from "../wire/listener.ts";
import type { Latency } from "../wire/path.ts";
import type { LoginRefusal } from "./login-refusal.ts";
import { Countdown } from "./odds.ts";

const REF_COUNT = 6;
/** Where a phone number would stand: clients that want to be linked have none yet. */
const NEWCOMERS = "";

/** The faults that last: what is wrong with the server at the moment, apart from single devices and connections. */
export class StandingFaults {
  latency: Latency = { ms: 0, jitterMs: 0 };
  /** How many texts for QRs a client gets that wants to be linked. */
  qrRefs = REF_COUNT;
  readonly upgrades = new Countdown<UpgradeAnswer>();
  readonly #refusals = new Map<string, Countdown<LoginRefusal>>();

  refuseLogin(phone: string | undefined, refusal: LoginRefusal | undefined, times?: number): void {
    const key = phone ?? NEWCOMERS;
    const countdown = this.#refusals.get(key) ?? new Countdown<LoginRefusal>();
    countdown.set(refusal, { times });
    this.#refusals.set(key, countdown);
  }

  /** Why this phone's device, or a newcomer, is not let in now; undefined when it is. */
  takeRefusal(phone?: string): LoginRefusal | undefined {
    return this.#refusals.get(phone ?? NEWCOMERS)?.take();
  }
}
