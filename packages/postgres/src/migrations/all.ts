import type { Migration } from "./migration.ts";
import { v01Replica } from "./v01-replica.ts";

/** Every step of the schema, oldest first. */
export const MIGRATIONS: readonly Migration[] = [v01Replica];
