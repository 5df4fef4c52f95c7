import type { Queryable } from "../database.ts";

/** One step of the schema. It runs once, alone, in its own transaction; a released step is never edited. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly version: number;
  up(transaction: Queryable): Promise<void>;
}
