import type { Faults } from "../faults/contract.ts";
import type { ControlRequest } from "./request.ts";

/** The same faults as in process, over HTTP. `refuse` resolves as soon as it is accepted. */
export type RemoteFaults = {
  [Name in keyof Faults]: (...given: Parameters<Faults[Name]>) => Promise<Awaited<ReturnType<Faults[Name]>>>;
};

export const remoteFaults = (request: ControlRequest): RemoteFaults => {
  const strike = async (fault: string, body: object): Promise<number> =>
    (await request.post<{ hit: number }>(`/faults/${fault}`, body)).hit;
  const change = async (fault: string, body: object): Promise<void> => {
    await request.post(`/faults/${fault}`, body);
  };
  return {
    drop: async (phone) => strike("drop", { phone }),
    stall: async (phone, stalled) => strike("stall", { phone, stalled }),
    latency: async (ms, jitterMs) => change("latency", { ms, jitterMs }),
    refuse: async (ms) => change("refuse", { ms }),
    upgrade: async (answer, times) => change("upgrade", { answer, times }),
    restartRequired: async (phone) => strike("restart-required", { phone }),
    deviceRemoved: async (phone) => strike("device-removed", { phone }),
    replaced: async (phone) => strike("replaced", { phone }),
    occupied: async (phone, occupied) => strike("occupied", { phone, occupied }),
    streamError: async (phone, error) => strike("stream-error", { phone, ...error }),
    streamEnd: async (phone) => strike("stream-end", { phone }),
    // What is undefined is left out of the body: the login is admitted again.
    refuseLogin: async (phone, refusal, times) => change("refuse-login", { phone, refusal, times }),
    withholdAcks: async (phone, withheld, odds) => strike("withhold-acks", { phone, withheld, odds }),
    refuseMessages: async (phone, code, { to, ...odds } = {}) => strike("refuse-messages", { phone, code, to, odds }),
    duplicate: async (phone, moment, duplicated, odds) => strike("duplicate", { phone, moment, duplicated, odds }),
    damage: async (phone, direction, damaged, odds) => strike("damage", { phone, direction, damaged, odds }),
    loseReceipts: async (phone, side, lost, odds) => strike("lose-receipts", { phone, side, lost, odds }),
    resetWhileSending: async (phone, moment, reset, odds) =>
      strike("reset-while-sending", { phone, moment, reset, odds }),
    withholdAnswers: async (phone, withheld) => strike("withhold-answers", { phone, withheld }),
    refuseQueries: async (phone, code) => strike("refuse-queries", { phone, code }),
    qrRefs: async (count) => change("qr-refs", { count }),
    expirePairings: async () => strike("expire-pairings", {}),
  };
};
