export { startController } from "./controller.ts";
export type { Controller, ControllerOptions } from "./controller.ts";
export { controllerSettings } from "./controller-settings.ts";
export type { ControllerEnv, ControllerSettings } from "./controller-settings.ts";
