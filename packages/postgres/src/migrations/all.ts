import type { Migration } from "./migration.ts";
import { v01Replica } from "./v01-replica.ts";
import { v02Snapshot } from "./v02-snapshot.ts";
import { v03Rival } from "./v03-rival.ts";
import { v04NotificationIntake } from "./v04-notification-intake.ts";

/** Every step of the schema, oldest first. */
export const MIGRATIONS: readonly Migration[] = [v01Replica, v02Snapshot, v03Rival, v04NotificationIntake];
