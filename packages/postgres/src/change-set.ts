/** One record as the replica stores it: `value` is opaque to PostgreSQL. */
export interface ReplicaRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A part of a change set that travels in one statement. */
export interface ChangeChunk {
  readonly upserts: readonly ReplicaRecord[];
  readonly deletes: readonly string[];
}

/**
 * Cuts a change set so that no statement carries more than `maxBytes` (one record may be larger by itself). Never empty:
 * a change set without changes still moves the position.
 */
export const chunkChanges = (
  upserts: readonly ReplicaRecord[],
  deletes: readonly string[],
  maxBytes: number,
): ChangeChunk[] => {
  const chunks: ChangeChunk[] = [];
  let current: ReplicaRecord[] = [];
  let bytes = 0;
  for (const record of upserts) {
    if (current.length > 0 && bytes + record.value.length > maxBytes) {
      chunks.push({ upserts: current, deletes: [] });
      current = [];
      bytes = 0;
    }
    current.push(record);
    bytes += record.value.length;
  }
  return [...chunks, { upserts: current, deletes }];
};

/** The values of many records as one block of bytes, and where each begins (from 1, as SQL counts) and how long it is. */
export interface PackedValues {
  readonly block: Buffer;
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
}

/**
 * A bytea array would travel as hexadecimal text, twice the size; one block travels as it is, and PostgreSQL cuts it.
 */
export const packValues = (records: readonly ReplicaRecord[]): PackedValues => {
  const lengths = records.map((record) => record.value.length);
  const offsets: number[] = [];
  let next = 1;
  for (const length of lengths) {
    offsets.push(next);
    next += length;
  }
  return { block: Buffer.concat(records.map((record) => record.value)), offsets, lengths };
};
