/*
 * Names in `store.meta`. The backup worker writes and reads them too, and knows nothing of this package.
 */

/** Says where an empty store comes from. */
export const ORIGIN_META = "origin";

/** Somebody made sure that there is nothing to restore: a new identity may begin. */
export const FRESH_ORIGIN = "fresh";

/** The replica that this store was last replicated to. */
export const REPLICA_ID_META = "replica.id";

/**
 * Marks an imported store until it is first replicated: the position at which it left its own history, `Infinity` where
 * that does not matter. Such a store replaces a replica, unless that continued the same history beyond this position.
 */
export const IMPORTED_META = "imported";

/**
 * `unknown` where the newest changes of a session may be missing: the bot then repairs its conversations once. Only a
 * bundle of an ordered stop is known to be whole.
 */
export const TAIL_META = "restored.tail";
