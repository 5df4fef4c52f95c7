import type { Simulator } from "../contract.ts";
/** Control plane. */
export const startControl = async (_s: Omit<Simulator, "controlUrl">, _o: { host: string; port: number }) => ({ url: "", close: async () => undefined });
