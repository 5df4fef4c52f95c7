export interface SimulatorClient { x: 1 }
export const connectSimulator = (_u: string): SimulatorClient => ({ x: 1 });
