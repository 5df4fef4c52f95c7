export { startController } from "./controller.ts";
export type { Controller, ControllerOptions } from "./controller.ts";
