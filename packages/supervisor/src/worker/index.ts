export { collectGarbage } from "./collect-garbage.ts";
export { prepareProcess } from "./prepare-process.ts";
export type { WorkerProcess } from "./prepare-process.ts";
export { startWorker } from "./start-worker.ts";
export type { Worker, WorkerLog, WorkerOptions } from "./start-worker.ts";
