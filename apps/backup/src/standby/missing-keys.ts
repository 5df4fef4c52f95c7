const BATCH = 500;

const compare = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/**
 * The keys of `ours` that `theirs` lacks, a batch at a time. Both are in the order of their UTF-8 bytes; nothing is held
 * but the batches.
 */
export async function* missingKeys(
  ours: Iterable<string>,
  theirs: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly string[]> {
  const mine = ours[Symbol.iterator]();
  let next = mine.next();
  let missing: string[] = [];
  for await (const batch of theirs) {
    for (const key of batch) {
      for (; next.done !== true && compare(next.value, key) < 0; next = mine.next()) missing.push(next.value);
      if (next.done !== true && next.value === key) next = mine.next();
    }
    if (missing.length >= BATCH) {
      yield missing;
      missing = [];
    }
  }
  for (; next.done !== true; next = mine.next()) missing.push(next.value);
  if (missing.length > 0) yield missing;
}
