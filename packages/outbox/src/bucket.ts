/** So many at once, and one more each time `everyMs` has passed; an `everyMs` of 0 knows no limit. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/**
 * A bucket of tokens, as the moment at which it is full again (on a clock that nobody sets). One number says it all: what
 * is missing is what flows in until then.
 */
export type Bucket = number;

/** Full since ever. */
export const FULL_BUCKET: Bucket = 0;

/** Milliseconds until there is a token; 0 when there is one. */
export const bucketWaitMs = ({ burst, everyMs }: Rate, fullAt: Bucket, now: number): number =>
  Math.max(0, fullAt - (burst - 1) * everyMs - now);

/** The bucket after one token was taken out of it, whether it was there or not. */
export const takeToken = ({ everyMs }: Rate, fullAt: Bucket, now: number): Bucket => Math.max(fullAt, now) + everyMs;
