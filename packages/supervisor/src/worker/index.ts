export { startWorker } from "./start-worker.ts";
export type { Worker, WorkerLog, WorkerOptions } from "./start-worker.ts";
