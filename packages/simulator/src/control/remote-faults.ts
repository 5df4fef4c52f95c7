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
    withholdAcks: async (phone, withheld) => strike("withhold-acks", { phone, withheld }),
  };
};
