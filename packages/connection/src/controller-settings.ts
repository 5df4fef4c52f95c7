import type { Env } from "@blacksky/config";
import {
  connectionSettings,
  reconnectSchedule,
  watchdogSettings,
  type ConnectionSettings,
  type ReconnectSchedule,
  type WatchdogSettings,
} from "@blacksky/whatsapp";

/** The variables that the controller goes by. */
export type ControllerEnv = Pick<
  Env,
  | "CONNECTION_CHECK_INTERVAL"
  | "RECONNECT_INITIAL_DELAY"
  | "RECONNECT_MAX_DELAY"
  | "RECONNECT_MAX_RETRIES"
  | "SCHEDULED_RECONNECT_HOURS"
  | "QUIET_HOURS"
  | "TZ"
>;

/** How patient and how watchful the controller is. */
export interface ControllerSettings {
  readonly settings: ConnectionSettings;
  readonly watchdog: WatchdogSettings;
  /** When an old connection is replaced; `undefined` for never. */
  readonly schedule: ReconnectSchedule | undefined;
}

/** The settings from the environment: the same for the keeper and for whoever stands in for it. */
export const controllerSettings = (env: ControllerEnv): ControllerSettings => ({
  settings: connectionSettings({
    initialDelayMs: env.RECONNECT_INITIAL_DELAY,
    maxDelayMs: env.RECONNECT_MAX_DELAY,
    maxRetries: env.RECONNECT_MAX_RETRIES,
  }),
  watchdog: watchdogSettings(env.CONNECTION_CHECK_INTERVAL),
  schedule: reconnectSchedule({
    everyHours: env.SCHEDULED_RECONNECT_HOURS,
    quietHours: env.QUIET_HOURS,
    timeZone: env.TZ,
  }),
});
